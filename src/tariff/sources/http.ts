import { bulkhead, BulkheadRejectedError, ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { Outbound, OutboundAnswer } from '../../base/outbound.ts';
import type { Source } from '../../config/pack/pack.ts';
import { bodyFormat } from '../../config/pack/source-rules.ts';
import type { Environment } from '../../config/secrets.ts';
import { createClientCredentials } from './credentials.ts';
import { createDispatcher } from './dispatcher.ts';
import { malformed, parseDocument, sha256 } from './document.ts';
import { joinPages, MAX_PAGES, nextPage } from './paging.ts';
import { renderBody, renderHeader, renderUrl } from './render.ts';
import { requireToken, type DocumentSource, type SourceContext } from './source.ts';
import { createValidators } from './validators.ts';

export type HttpSource = Extract<Source, { source: 'http' }>;

export interface HttpParts {
  send: Outbound;
  env: Environment;
  clock: Clock;
  /** One request, up to the last byte of its answer. */
  timeoutMs?: number;
  /** Tries of one idempotent request, the first included. */
  attempts?: number;
  /** Before the second try; doubled, with jitter, for the ones after. */
  retryAfterMs?: number;
  /** One answer, and ten times that for all pages together. */
  maxBytes?: number;
}

interface Request {
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** An HTTP interface of the provider's: one request, or as many as it has pages, a bounded number of them at once. */
export function createHttpSource(spec: HttpSource, parts: HttpParts): DocumentSource {
  const { timeoutMs = 5000, attempts = 3, retryAfterMs = 200, maxBytes = 5_000_000 } = parts;
  const dispatcher = createDispatcher(spec.tls, parts.env);
  const send: Outbound = (request) => parts.send({ ...request, dispatcher });
  const credentials =
    spec.auth.type === 'client_credentials' ? createClientCredentials(spec.auth, send, parts.clock) : null;

  const crowd = bulkhead(spec.max_concurrency, 1000);
  const again = retry(handleWhen(isWorthRetrying), {
    // Only GET is safe to repeat (RFC 9110 §9.2.2); what a POST does is the provider's to know.
    maxAttempts: spec.method === 'GET' ? attempts - 1 : 0,
    backoff: new ExponentialBackoff({ initialDelay: retryAfterMs, maxDelay: 2000 }),
  });

  const validators = createValidators();
  /** Which answer is the same question's; a customer's token is part of the question. */
  const questionOf = (url: URL, { headers }: Request, { sub }: SourceContext): string =>
    sha256(JSON.stringify([url.href, headers, spec.auth.type === 'customer_token' ? sub : null]));

  const once = async (url: URL, request: Request, context: SourceContext): Promise<OutboundAnswer> => {
    const { method, body } = request;
    const question = method === 'GET' ? questionOf(url, request, context) : null;
    const recalled = question === null ? undefined : validators.recall(question);
    const headers = { ...request.headers, ...recalled?.conditions };
    const attempt = async (refused?: string): Promise<{ answer: OutboundAnswer; token: string | undefined }> => {
      const { header, token } = await authorization(spec, context, credentials, refused);
      const answer = await send({
        url,
        method,
        headers: { ...headers, ...header },
        timeoutMs,
        maxBytes,
        ...(body === undefined ? {} : { body }),
      }).catch(asFailure);
      return { answer, token };
    };
    let { answer, token } = await attempt();
    // The provider may have ended the token before its time: one fresh one, then its word stands.
    if (answer.status === 401 && token !== undefined) ({ answer, token } = await attempt(token));
    return refuseFailure(question === null ? answer : validators.settle(question, answer, recalled));
  };

  const readPages = async (context: SourceContext) => {
    const request = requestOf(spec, context);
    const pages: unknown[] = [];
    const bodies: string[] = [];
    let size = 0;
    for (let url: URL | null = renderUrl(spec.url, context); url;) {
      if (pages.length === MAX_PAGES) throw malformed('too_many_pages');
      const address: URL = url;
      const { body, headers } = await again.execute(() => once(address, request, context));
      size += body.length;
      if (size > maxBytes * 10) throw malformed('too_large');
      const document = parseDocument(body, headers.get('content-type') ?? '');
      pages.push(document);
      bodies.push(body);
      url = nextPage(document, address);
    }
    return { document: joinPages(pages), sha256: sha256(...bodies) };
  };

  return {
    read: (context) =>
      crowd
        .execute(() => readPages(context))
        .catch((error: unknown) => {
          throw error instanceof BulkheadRejectedError ? new Failure('source_unavailable', { reason: 'busy' }) : error;
        }),
    close: () => dispatcher.close(),
  };
}

function requestOf(spec: HttpSource, context: SourceContext): Request {
  const headers: Record<string, string> = { accept: 'application/json' };
  for (const [name, value] of Object.entries(spec.headers)) headers[name.toLowerCase()] = renderHeader(value, context);
  if (spec.body === undefined) return { method: spec.method, headers, body: undefined };
  if (typeof spec.body !== 'string') {
    headers['content-type'] ??= 'application/json';
    return { method: spec.method, headers, body: renderBody(JSON.stringify(spec.body), 'json', context) };
  }
  const format = bodyFormat(headers);
  return { method: spec.method, headers, body: format ? renderBody(spec.body, format, context) : spec.body };
}

async function authorization(
  { auth }: HttpSource,
  { customerToken }: SourceContext,
  credentials: { token(refused?: string): Promise<string> } | null,
  refused: string | undefined,
): Promise<{ header: Record<string, string>; token: string | undefined }> {
  switch (auth.type) {
    case 'none':
      return { header: {}, token: undefined };
    case 'header':
      return { header: { [auth.name.toLowerCase()]: auth.value }, token: undefined };
    case 'customer_token':
      return bearer(await requireToken(customerToken)(refused));
    case 'client_credentials':
      return bearer((await credentials?.token(refused)) ?? '');
  }
}

const bearer = (token: string) => ({ header: { authorization: `Bearer ${token}` }, token });

/** Whoever keeps customers' tokens has waited for one already. */
const isWorthRetrying = (error: unknown): boolean =>
  error instanceof Failure && error.code === 'source_unavailable' && error.facts.reason !== 'customer_token';

/** Statuses after which the same request may well succeed (RFC 9110 §15). */
const PASSING = new Set([408, 425, 429]);

function refuseFailure(answer: OutboundAnswer): OutboundAnswer {
  const { status } = answer;
  if (status >= 200 && status < 300) return answer;
  if (status >= 500 || PASSING.has(status)) throw new Failure('source_unavailable', { reason: 'status', status });
  throw new Failure('source_refused', { status });
}

function asFailure(error: unknown): never {
  if (error instanceof Failure && error.code === 'outbound_too_large') throw malformed('too_large');
  const reason = error instanceof Failure && error.code === 'outbound_timeout' ? 'timeout' : 'network';
  throw new Failure('source_unavailable', { reason }, error);
}
