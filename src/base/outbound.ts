import { fetch, type Dispatcher, type Response } from 'undici';
import { codeOf, Failure } from './failure.ts';

/** One request to another system. `timeoutMs` covers everything up to the last byte of the body. */
export interface OutboundRequest {
  url: string | URL;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  timeoutMs: number;
  maxBytes?: number;
  /** The status says it all: a body that is too large, too slow or broken does not unsay it, and comes back empty. */
  statusOnly?: boolean;
  /** The body is a picture or the like, and comes as base64. */
  binary?: boolean;
  signal?: AbortSignal;
  dispatcher?: Dispatcher;
}

export interface OutboundAnswer {
  status: number;
  headers: Headers;
  /** The body as text, or as base64 where it was asked for so; never longer than `maxBytes`. */
  body: string;
}

/** How the adapter speaks to other systems. Passed to whoever needs it, so that tests can stand in for the network. */
export type Outbound = (request: OutboundRequest) => Promise<OutboundAnswer>;

const DEFAULT_MAX_BYTES = 1_000_000;

/**
 * A fetch that cannot hang, be flooded, or carry credentials elsewhere: redirects are answers, not followed.
 * Throws `outbound_timeout`, `outbound_too_large` or `outbound_network`, whose `detail` is the system's own code:
 * ENOTFOUND, ECONNREFUSED, a certificate's fault.
 */
export const outbound: Outbound = async (request) => {
  const deadline = AbortSignal.timeout(request.timeoutMs);
  const signal = request.signal ? AbortSignal.any([deadline, request.signal]) : deadline;
  const maxBytes = request.maxBytes ?? DEFAULT_MAX_BYTES;
  try {
    const response = await fetch(request.url, {
      method: request.method ?? 'GET',
      headers: request.headers ?? {},
      redirect: 'manual',
      signal,
      ...(request.body === undefined ? {} : { body: request.body }),
      ...(request.dispatcher === undefined ? {} : { dispatcher: request.dispatcher }),
    });
    const headers = new Headers([...response.headers]);
    const read = readCapped(response, maxBytes).then(request.binary ? asBase64 : asText);
    return { status: response.status, headers, body: await (request.statusOnly ? read.catch(() => '') : read) };
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (deadline.aborted) throw new Failure('outbound_timeout', { timeout_ms: request.timeoutMs }, error);
    throw new Failure('outbound_network', { detail: networkCode(error) }, error);
  }
};

/** fetch wraps what happened on the wire in a TypeError of its own. */
const networkCode = (error: unknown): string => codeOf(Error.isError(error) ? (error.cause ?? error) : error);

async function readCapped(response: Response, maxBytes: number): Promise<Buffer> {
  if (!response.body) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new Failure('outbound_too_large', { max_bytes: maxBytes });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

// Unlike Buffer's own reading, this leaves out a byte order mark, which JSON.parse would stumble over.
const asText = (bytes: Buffer): string => new TextDecoder().decode(bytes);

const asBase64 = (bytes: Buffer): string => bytes.toString('base64');
