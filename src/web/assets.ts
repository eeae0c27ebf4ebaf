import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Router, type RequestHandler } from 'express';
import { imageSize } from 'image-size';

/** Pixels; `.brand img` in public/style.css. */
const LINE_HEIGHT = 32;

export interface Assets {
  /** Whose files are served by their names. */
  folder: string;
  /** The provider's colours, as CSS. */
  theme: string;
  /** The provider's logo, a file. */
  logo: string | null;
}

/**
 * What pages load. Kept in memory: were a file opened for each request, anybody could ask for more of them than the
 * process may have open, database and connections included.
 */
export function assetRoutes({ folder, theme, logo }: Assets): Router {
  const router = Router();
  for (const name of readdirSync(folder)) {
    router.get(`/${name}`, kept(path.extname(name), readFileSync(path.join(folder, name))));
  }
  router.get('/theme.css', kept('.css', Buffer.from(theme)));
  if (logo !== null) router.get('/logo', kept(path.extname(logo), readFileSync(logo)));
  return router;
}

/** How large a logo is shown that is as high as the line it stands in; null where its file does not say. */
export function shownSize(logo: string): { width: number; height: number } | null {
  try {
    const { width, height } = imageSize(readFileSync(logo));
    return { width: Math.round((LINE_HEIGHT * width) / height), height: LINE_HEIGHT };
  } catch {
    return null;
  }
}

/** The same for everybody; browsers ask again after an hour, so that a change is seen soon. */
function kept(type: string, content: Buffer): RequestHandler {
  const etag = `"${createHash('sha256').update(content).digest('base64url')}"`;
  return (_req, res) => {
    res.type(type).set({ 'cache-control': 'public, max-age=3600', etag }).send(content);
  };
}
