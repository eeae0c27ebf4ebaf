import type { Clock } from '../../base/clock.ts';
import type { Answer } from '../http/answer.ts';

/** The bodies Flatpeak documents in its short form. */
export const badCredentials: Answer = { status: 403, body: { message: 'Bad credentials' } };
export const notFound: Answer = { status: 404, body: { message: 'Not Found' } };

/** Flatpeak's error object (guides/system/errors): times carry milliseconds and no zone. */
export function errorAnswer(
  clock: Clock,
  status: number,
  context: string,
  code: string,
  message: string,
  connectToken?: string,
): Answer {
  const body = {
    object: 'error',
    live_mode: false,
    context,
    type: status >= 500 ? 'api_error' : 'invalid_request',
    code,
    message,
    ...(connectToken === undefined ? {} : { connect_token: connectToken }),
    time_created: new Date(clock()).toISOString().slice(0, -1),
  };
  return { status, body };
}
