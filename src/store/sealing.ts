import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { Failure } from '../base/failure.ts';

/** Seals values at rest with AES-256-GCM. `place` (table, column, row) is bound in: an envelope moved elsewhere does not open. */
export interface Sealer {
  seal(value: unknown, place: string): string;
  /** Throws `seal_broken` or `seal_key_unknown`. */
  open(envelope: string, place: string): unknown;
}

export interface SealingKey {
  kid: string;
  key: Buffer;
}

/** Under which key an envelope was sealed. */
export const kidOf = (envelope: string): string => envelope.slice(0, Math.max(0, envelope.indexOf(':')));

/** The first key seals, all of them open. */
export function createSealer(keys: readonly SealingKey[]): Sealer {
  const [current] = keys;
  if (!current) throw new Failure('seal_key_unknown');
  const ring = new Map(keys.map(({ kid, key }) => [kid, key]));
  return {
    seal: (value, place) => {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', current.key, iv).setAAD(Buffer.from(place));
      const sealed = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
      return [current.kid, iv, cipher.getAuthTag(), sealed]
        .map((part) => (typeof part === 'string' ? part : part.toString('base64url')))
        .join(':');
    },
    open: (envelope, place) => {
      const [kid = '', iv = '', tag = '', sealed = ''] = envelope.split(':');
      const key = ring.get(kid);
      if (!key) throw new Failure('seal_key_unknown');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64url'), { authTagLength: 16 })
          .setAAD(Buffer.from(place))
          .setAuthTag(Buffer.from(tag, 'base64url'));
        const text = Buffer.concat([decipher.update(Buffer.from(sealed, 'base64url')), decipher.final()]);
        return JSON.parse(text.toString('utf8')) as unknown;
      } catch (error) {
        throw new Failure('seal_broken', {}, error);
      }
    },
  };
}

/** Makes look-up keys from personal identifiers: equal inputs meet, and without the secret none can be guessed. */
export type LookupKey = (...parts: string[]) => string;

export const createLookupKey =
  (secret: Buffer): LookupKey =>
  (...parts) =>
    createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64url');
