import { z } from 'zod';
import type { Answer } from '../http/answer.ts';
import type { ApiParts, Call } from './parts.ts';
import { TOKEN_LIFE_SECONDS, type Connection } from './connections.ts';
import { BEARER_LIFE_SECONDS } from './credentials.ts';
import { badCredentials, errorAnswer, notFound } from './errors.ts';
import { explain } from './submission.ts';

/** Web addresses and apps' own schemes; what a browser would run or open itself is nobody's address. */
const address = z.url({ protocol: /^(?!javascript|data|vbscript|file|blob|about)/ });

/** Both spellings of the newest generations; what else a token may be created with changes nothing here. */
const createSchema = z
  .looseObject({ connect_url: address, callback_url: address.optional(), callback_uri: address.optional() })
  .transform((body, context) => {
    const callbackUrl = body.callback_url ?? body.callback_uri;
    if (callbackUrl !== undefined) return { connectUrl: body.connect_url, callbackUrl };
    context.addIssue({ code: 'custom', path: ['callback_url'], message: 'is required' });
    return z.NEVER;
  });

/** `GET /login`, and creating and looking up connect tokens. */
export function createTokens({ apps, clock, connections, credentials }: ApiParts) {
  return {
    login: (call: Call): Answer => {
      const account = credentials.byBasic(call.authorization);
      if (!account) return badCredentials;
      const bearer_token = credentials.issueBearer(account);
      return { status: 200, body: { bearer_token, expires_in: BEARER_LIFE_SECONDS, live_mode: false } };
    },

    create: (call: Call): Answer => {
      const caller = credentials.of(call.authorization);
      const app = apps.find(({ id }) => id === caller?.id);
      if (!app) return badCredentials;
      const parsed = createSchema.safeParse(call.json);
      if (!parsed.success) {
        return errorAnswer(clock, 422, 'api.connect_token_create', 'data_json_invalid', explain(parsed.error));
      }
      const connection = connections.create(app, parsed.data);
      const body = { connect_token: connection.token, expires_in: TOKEN_LIFE_SECONDS, live_mode: false };
      return { status: 200, body };
    },

    retrieve: (call: Call): Answer => {
      const caller = credentials.of(call.authorization);
      if (!caller) return badCredentials;
      const connection = connections.find(call.query.get('connect_token') ?? '');
      if (connection?.account.id !== caller.id) return notFound;
      return { status: 200, body: describe(connection) };
    },
  };
}

function describe(connection: Connection) {
  const submission = connection.submission?.body;
  return {
    id: connection.token,
    object: 'connect_token',
    live_mode: false,
    is_tariff_processed: connection.tariff !== null,
    ...(submission && 'action' in submission ? { complete_action: submission.action } : {}),
    time_created: new Date(connection.createdAt).toISOString(),
    time_expiry: new Date(connection.expiresAt).toISOString(),
  };
}
