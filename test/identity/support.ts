import type { Clock } from '../../src/base/clock.ts';
import { systemClock } from '../../src/base/clock.ts';
import { outbound, type Outbound, type OutboundRequest } from '../../src/base/outbound.ts';
import { randomToken } from '../../src/base/random.ts';
import {
  createIdentityProvider,
  type IdentityProvider,
  type SignInSettings,
  type SignInStart,
} from '../../src/identity/identity-provider.ts';
import type { Identity } from '../../src/identity/claims.ts';
import { resign, type Forgery, type Json } from '../support/jwt.ts';
import { CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, visit, type Idp } from './provider.ts';

/** The adapter's side of a sign-in, with its way out watched and, where a test wants it, troubled. */
export interface Party {
  provider: IdentityProvider;
  /** Every request the adapter made, in order. */
  sent: OutboundRequest[];
  start(options?: { fresh?: boolean }): Promise<SignInStart>;
  /** The whole way; resolves to who signed in. */
  signIn(options?: { fresh?: boolean }): Promise<Identity>;
  /** How often an address whose path ends so was asked for. */
  asked(end: string): number;
}

export type Trouble = (request: OutboundRequest, send: Outbound) => ReturnType<Outbound>;

export function partyAt(
  idp: Pick<Idp, 'issuer'>,
  settings: Partial<SignInSettings> = {},
  more: { trouble?: Trouble; clock?: Clock } = {},
): Party {
  const sent: OutboundRequest[] = [];
  const send: Outbound = (request) => {
    sent.push(request);
    return more.trouble ? more.trouble(request, outbound) : outbound(request);
  };
  const provider = createIdentityProvider(
    {
      issuer: new URL(idp.issuer),
      clientId: CLIENT_ID,
      authentication: { method: 'client_secret_basic', secret: CLIENT_SECRET },
      idTokenAlg: 'RS256',
      timeoutMs: 5000,
      redirectUri: new URL(REDIRECT_URI),
      scopes: 'openid',
      par: 'auto',
      acrValues: null,
      maxAge: null,
      extraParams: [],
      tokens: 'discard',
      ...settings,
    },
    send,
    more.clock ?? systemClock,
  );
  const start: Party['start'] = ({ fresh = false } = {}) =>
    provider.start({ state: randomToken(), fresh, uiLocales: 'de en' });
  return {
    provider,
    sent,
    start,
    signIn: async (options) => {
      const { url, checks } = await start(options);
      return provider.complete(await visit(url), checks);
    },
    asked: (end) => sent.filter(({ url }) => new URL(url).pathname.endsWith(end)).length,
  };
}

/** The JSON that comes from an address whose path ends so is another one. */
export const changing = (end: string, change: (answer: Json) => Json): Trouble =>
  at(end, async (request, send) => {
    const answer = await send(request);
    return { ...answer, body: JSON.stringify(change(JSON.parse(answer.body) as Json)) };
  });

/** Somebody on the way, or a provider gone mad, changes the token answer. */
export const tampering = (change: (answer: Json) => Json): Trouble => changing('/token', change);

/** An ID token with other contents, signed with the provider's own key unless another is given. */
export const forging = (idp: Idp, forgery: Forgery): Trouble =>
  tampering((answer) => ({
    ...answer,
    id_token: resign(String(answer.id_token), { key: idp.signingKey(), ...forgery }),
  }));

/** Trouble with one address only. */
export const at =
  (end: string, trouble: Trouble): Trouble =>
  (request, send) =>
    new URL(request.url).pathname.endsWith(end) ? trouble(request, send) : send(request);
