import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { outbound } from '../../base/outbound.ts';
import { connectionSchema, createdSchema, type ConnectionView } from './view.ts';

export interface FlatpeakClientOptions {
  apiUrl: string;
  accountId: string;
  apiKey: string;
}

/** The app's own dealings with Flatpeak: over HTTP, as a device maker's server has them. */
export function flatpeakClient({ apiUrl, accountId, apiKey }: FlatpeakClientOptions) {
  const authorization = `Basic ${Buffer.from(`${accountId}:${apiKey}`).toString('base64')}`;

  const call = async <T extends z.ZodType>(method: string, path: string, schema: T, body?: unknown) => {
    const headers = { authorization, accept: 'application/json', 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await outbound({
      url: apiUrl + path,
      method,
      headers,
      timeoutMs: 20_000,
      maxBytes: 20_000_000,
      ...sent,
    });
    if (answer.status !== 200) throw new Failure('flatpeak_refused', { status: answer.status });
    const parsed = schema.safeParse(JSON.parse(answer.body));
    if (!parsed.success) throw new Failure('flatpeak_malformed', {}, parsed.error);
    return parsed.data;
  };

  return {
    createConnectToken: async (connectUrl: string, callbackUrl: string): Promise<string> => {
      const body = { connect_url: connectUrl, callback_url: callbackUrl, tariff_direction: 'IMPORT' };
      return (await call('POST', '/connect/token', createdSchema, body)).connect_token;
    },
    connection: (token: string): Promise<ConnectionView> =>
      call('GET', `/sandbox/connections/${encodeURIComponent(token)}`, connectionSchema),
    poll: async (token: string): Promise<void> => {
      await call('POST', `/sandbox/connections/${encodeURIComponent(token)}/poll`, z.unknown());
    },
  };
}

export type FlatpeakClient = ReturnType<typeof flatpeakClient>;
