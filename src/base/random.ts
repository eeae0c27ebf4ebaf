import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 bits as 43 URL-safe characters: journeys' secrets, grants, states, nonces. */
export const randomToken = (): string => randomBytes(32).toString('base64url');

/** 128 bits as 22 URL-safe characters: identifiers that may be seen but not guessed. */
export function randomId(): string {
  const id = randomBytes(16).toString('base64url');
  // One that begins with a dash would be taken for an option where an operator names it to a command.
  return id.startsWith('-') ? randomId() : id;
}

/** True for what could be such an identifier; anything else need not be looked for. */
export const isId = (text: string): boolean => /^[A-Za-z0-9_-]{22}$/.test(text);

/** Short enough to be read aloud on the telephone; joins a page, its log line and its trace. */
export const randomReference = (): string => {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
  return Array.from(randomBytes(8), (byte) => letters[byte % letters.length]).join('');
};

/** What the database keeps instead of a secret. Inputs carry 256 random bits, so a plain digest suffices. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** Comparison whose time tells nothing about where two strings differ. */
export const equalSecrets = (left: string, right: string): boolean => {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
};
