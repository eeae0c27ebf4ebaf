import { ConstantBackoff, handleWhen, retry } from 'cockatiel';
import type { Clock } from '../base/clock.ts';
import { codeOf, Failure } from '../base/failure.ts';
import { parseJson } from '../base/json.ts';
import type { Outbound, OutboundAnswer, OutboundRequest } from '../base/outbound.ts';
import { contextProblem, retryAfterMs, submissionVerdict } from './answers.ts';
import { contextSchemas, type FlatpeakProfile, type SessionContext } from './context.ts';
import { basicCredentials, bearerCredentials } from './credentials.ts';

export interface FlatpeakSettings {
  apiUrl: URL;
  accountId: string;
  apiKey: string;
  auth: 'basic' | 'bearer';
  profile: FlatpeakProfile;
  submitMethod: 'POST' | 'PUT' | 'PATCH';
  /** May hold `{connect_token}`; the context's own path when not set. */
  submitPath: string | null;
  timeoutMs: number;
}

/** One attempt at telling Flatpeak; `again` may be tried later with the same key and body. */
export type SubmissionResult =
  | { verdict: 'accepted' | 'refused' | 'conflict' | 'parked'; code: string }
  | { verdict: 'again'; code: string; answered: boolean; retryAfterMs: number | null };

export interface SubmissionRequest {
  path: string;
  body: string;
  idempotencyKey: string;
  /** Breaks it off. */
  signal?: AbortSignal;
}

export interface Flatpeak {
  /** Throws a Failure whose code is a ContextProblem. */
  sessionContext(connectToken: string): Promise<SessionContext>;
  /** Path, with the token in it, that a submission for this token goes to. */
  submitPath(connectToken: string): string;
  /** Never throws for what the network or Flatpeak does. */
  submit(message: SubmissionRequest): Promise<SubmissionResult>;
}

const CONTEXT_PATHS: Record<FlatpeakProfile, string> = {
  session: '/connect/session/{connect_token}',
  'account-info': '/connect/account-info/{connect_token}',
};

/** Somebody in front of Flatpeak heard nothing usable from it (RFC 9110 §15.6): the message may have arrived. */
const BY_A_GATEWAY = new Set([502, 504]);

const fillToken = (path: string, connectToken: string): string =>
  path.replaceAll('{connect_token}', encodeURIComponent(connectToken));

export function createFlatpeak(settings: FlatpeakSettings, outbound: Outbound, clock: Clock): Flatpeak {
  const credentials =
    settings.auth === 'basic' ? basicCredentials(settings) : bearerCredentials(settings, outbound, clock);

  const send = async (request: Omit<OutboundRequest, 'timeoutMs'>, renew = false): Promise<OutboundAnswer> =>
    outbound({
      ...request,
      headers: { ...request.headers, accept: 'application/json', authorization: await credentials.header({ renew }) },
      timeoutMs: settings.timeoutMs,
      maxBytes: 200_000,
    });

  /** A refused credential is renewed once; the second refusal is the answer. */
  const sendRenewing = async (request: Omit<OutboundRequest, 'timeoutMs'>): Promise<OutboundAnswer> => {
    const answer = await send(request);
    return answer.status === 401 || answer.status === 403 ? send(request, true) : answer;
  };

  // A customer is waiting: one quick second try for a broken connection, none for a time-out.
  const oneMoreTry = retry(
    handleWhen((error) => codeOf(innermost(error)) === 'outbound_network'),
    { maxAttempts: 1, backoff: new ConstantBackoff(200) },
  );

  return {
    async sessionContext(connectToken) {
      const url = new URL(fillToken(CONTEXT_PATHS[settings.profile], connectToken), settings.apiUrl);
      const answer = await oneMoreTry
        .execute(() => sendRenewing({ url }))
        .catch((error: unknown) => {
          const refused = codeOf(error) === 'flatpeak_refused_us';
          const facts = { ...factsOf(error), ...factsOf(innermost(error)), cause: codeOf(error) };
          throw new Failure(refused ? 'flatpeak_refused_us' : 'flatpeak_unavailable', facts, error);
        });
      if (answer.status !== 200) {
        throw new Failure(contextProblem(answer.status, answer.body), { status: answer.status });
      }
      const parsed = contextSchemas[settings.profile].safeParse(parseJson(answer.body));
      if (!parsed.success) {
        throw new Failure('flatpeak_malformed', { path: parsed.error.issues[0]?.path.join('.') ?? '' });
      }
      return parsed.data;
    },

    submitPath: (connectToken) => fillToken(settings.submitPath ?? CONTEXT_PATHS[settings.profile], connectToken),

    async submit({ path, body, idempotencyKey, signal }) {
      try {
        const answer = await sendRenewing({
          url: new URL(path, settings.apiUrl),
          method: settings.submitMethod,
          headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
          body,
          statusOnly: true,
          ...(signal ? { signal } : {}),
        });
        const verdict = submissionVerdict(answer.status);
        const code = `http_${answer.status}`;
        if (verdict === 'again') {
          const answered = !BY_A_GATEWAY.has(answer.status);
          return { verdict, code, answered, retryAfterMs: retryAfterMs(answer.headers, clock()) };
        }
        // Our credential, not the customer's decision, is at fault: an operator has to mend it.
        return { verdict: verdict === 'unauthorized' ? 'parked' : verdict, code };
      } catch (error) {
        const code = codeOf(error);
        if (code === 'flatpeak_refused_us') return { verdict: 'parked', code };
        return { verdict: 'again', code, answered: code === 'flatpeak_login_failed', retryAfterMs: null };
      }
    },
  };
}

const factsOf = (error: unknown): Failure['facts'] => (error instanceof Failure ? error.facts : {});

/** Behind a login that failed stands what the network did to it. */
const innermost = (error: unknown): unknown =>
  codeOf(error) === 'flatpeak_login_failed' && error instanceof Failure ? (error.cause ?? error) : error;
