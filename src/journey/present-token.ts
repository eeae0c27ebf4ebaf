import type { CustomerTokens } from '../identity/claims.ts';
import type { CustomerToken } from '../tariff/sources/source.ts';

/** The token of a customer who is here: good for as long as a visit lasts, and not renewed. */
export const presentToken = (tokens: CustomerTokens | null): { customerToken?: CustomerToken } =>
  tokens ? { customerToken: () => Promise.resolve(tokens.accessToken) } : {};
