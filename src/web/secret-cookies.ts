import type { Request, Response } from 'express';
import { randomToken } from '../base/random.ts';

/** A random secret in a cookie of its own name, by which a browser is known again; out of reach of scripts. */
export interface SecretCookie {
  of(req: Request): string | null;
  /** The same, or a fresh one that is set with this answer. */
  ensure(req: Request, res: Response): string;
  set(res: Response, secret: string): void;
  clear(res: Response): void;
}

const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** Cookies as the browser sends them (RFC 6265 §4.2). */
export const cookiesOf = (req: Request): [name: string, value: string][] =>
  (req.headers.cookie ?? '').split(';').map((pair) => {
    const [name = '', ...value] = pair.trim().split('=');
    return [name, value.join('=')];
  });

/** Null without one, and with two of the same name: one of them is then somebody else's. */
export function secretNamed(req: Request, name: string): string | null {
  const found = cookiesOf(req).filter(([given]) => given === name);
  const secret = found.length === 1 ? found[0]?.[1] : undefined;
  return secret !== undefined && SECRET.test(secret) ? secret : null;
}

/** `__Host-` pins a cookie to this host, path / and https; browsers refuse it on plain http. */
export const hostCookie = (publicUrl: URL, name: string) => {
  const secure = publicUrl.protocol === 'https:';
  return {
    name: secure ? `__Host-${name}` : name,
    attributes: { httpOnly: true, secure, sameSite: 'lax', path: '/' } as const,
  };
};

export function secretCookie(publicUrl: URL, plainName: string, lifeMs: number): SecretCookie {
  const { name, attributes } = hostCookie(publicUrl, plainName);
  const cookie: SecretCookie = {
    of: (req) => secretNamed(req, name),
    ensure(req, res) {
      const present = cookie.of(req);
      if (present !== null) return present;
      const secret = randomToken();
      cookie.set(res, secret);
      return secret;
    },
    set: (res, secret) => void res.cookie(name, secret, { ...attributes, maxAge: lifeMs }),
    clear: (res) => void res.clearCookie(name, attributes),
  };
  return cookie;
}
