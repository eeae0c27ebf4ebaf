import { imageSize } from 'image-size';
import { Failure } from '../../base/failure.ts';

/** A picture as it is sent on. */
export interface Picture {
  contentType: string;
  bytes: Buffer;
}

const CONTENT_TYPES: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  svg: 'image/svg+xml',
};

/** Enough for the sharpest screen at the size a logo is shown; a small file can hold a picture that fills a memory. */
const MOST_PIXELS_A_SIDE = 2000;

/** Looks at what the bytes are, not at what they are said to be. Throws `logo_refused` with a cause. */
export function pictureOf(bytes: Buffer): Picture {
  const { type = '', width, height } = measured(bytes);
  const contentType = CONTENT_TYPES[type];
  if (contentType === undefined) throw new Failure('logo_refused', { cause: 'type' });
  if (Math.max(width, height) > MOST_PIXELS_A_SIDE) throw new Failure('logo_refused', { cause: 'pixels' });
  // Entities can make a few bytes of XML grow without end.
  if (type === 'svg' && /<!(?:DOCTYPE|ENTITY)/i.test(bytes.toString('latin1'))) {
    throw new Failure('logo_refused', { cause: 'svg' });
  }
  return { contentType, bytes };
}

function measured(bytes: Buffer) {
  try {
    return imageSize(bytes);
  } catch (error) {
    throw new Failure('logo_refused', { cause: 'type' }, error);
  }
}

/** Where a logo cannot be shown its place is not empty: the first letter of the name. */
export function initialOf(name: string | null): Picture {
  const letter = /[\p{L}\p{N}]/u.exec(name ?? '')?.[0]?.toLocaleUpperCase() ?? '';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="#e2e8e6"/><text x="32" y="43" font-family="sans-serif" font-size="31" font-weight="700" text-anchor="middle" fill="#33413e">${letter}</text></svg>`;
  return { contentType: 'image/svg+xml', bytes: Buffer.from(svg) };
}
