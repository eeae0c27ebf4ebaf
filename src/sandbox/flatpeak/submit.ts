import { isDeepStrictEqual } from 'node:util';
import type { Answer } from '../http/answer.ts';
import type { ApiParts, Call } from './parts.ts';
import { badCredentials, errorAnswer, notFound } from './errors.ts';
import { explain, submissionSchema } from './submission.ts';

/**
 * The end of a session. A repeated key with the same body gets the first answer again, so that a sender whose answer
 * was lost may try once more; anything else that comes after acceptance is a conflict.
 */
export function createSubmit(parts: ApiParts) {
  const { clock, connections, credentials, poller, rules, submissions } = parts;
  const schema = submissionSchema(rules.consentAction);
  const accepted = new Map<string, { body: unknown; answer: Answer }>();

  return (call: Call): Answer => {
    const refuse = (status: number, code: string, message: string) =>
      errorAnswer(clock, status, 'api.connect_session_submit', code, message, token);
    const named = (call.json as { connect_token?: unknown } | null | undefined)?.connect_token;
    const token = call.token || (typeof named === 'string' ? named : '');

    if (!credentials.of(call.authorization)) return badCredentials;
    const connection = connections.find(token);
    if (!connection) return notFound;
    if (call.json === undefined) return refuse(422, 'data_json_invalid', 'The body must be JSON.');
    if (named !== token) return refuse(422, 'connect_token_mismatch', 'The body names another connect token.');
    const key = call.idempotencyKey;
    if (!key) return refuse(422, 'idempotency_key_missing', 'Idempotency-Key is required.');
    const earlier = accepted.get(key);
    if (earlier) {
      return isDeepStrictEqual(earlier.body, call.json)
        ? earlier.answer
        : refuse(422, 'idempotency_key_reused', 'The key was used with another body.');
    }
    if (connection.submission) return refuse(409, 'connect_token_used', 'Connect token was already used.');
    if (connection.expiresAt <= clock()) return refuse(410, 'connect_token_expired', 'Connect token has expired.');
    const parsed = schema.safeParse(call.json);
    if (!parsed.success) return refuse(422, 'data_json_invalid', explain(parsed.error));

    connection.submission = { connectToken: token, idempotencyKey: key, body: parsed.data, at: clock() };
    submissions.push(connection.submission);
    const answer: Answer = { status: 200, body: { id: token, object: 'connect_session', live_mode: false } };
    accepted.set(key, { body: call.json, answer });
    if ('auth_data' in parsed.data) poller.start(connection);
    return answer;
  };
}
