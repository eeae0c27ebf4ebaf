import { problem, type TariffProblem } from '../problem.ts';

/**
 * Rule 1, on the payload before any mapping: error bodies and empty answers are refused. Providers' stores and
 * gateways hand out both with status 200, and a mapping would make an empty or a nonsensical tariff of them.
 * Null when the payload may be mapped.
 */
export function answerProblem(payload: unknown): TariffProblem | null {
  if (saysNothing(payload)) return problem('empty_answer', [], 'the source answered without any data');
  if (isErrorBody(payload)) return problem('error_body', [], 'the source answered with an error instead of data');
  return null;
}

/** Names under which sources put what went wrong; anything in them is a failure, whatever else came along. */
const FAILURES = ['error', 'errors', 'fault', 'exception', 'Error', 'Errors', 'Fault'];

/** Words that only accompany a failure (RFC 9457, gateways, web frameworks). A body of nothing else has no data. */
const ABOUT_FAILURE = new Set(
  [
    ...['type', 'title', 'status', 'detail', 'instance', 'message', 'code', 'statusCode', 'status_code', 'reason'],
    ...['error_description', 'errorCode', 'errorMessage', 'success', 'timestamp', 'path', 'trace', 'traceId'],
    ...['requestId', 'request_id', 'documentation_url', 'meta', 'links'],
  ].map((word) => word.toLowerCase()),
);

function isErrorBody(payload: unknown): boolean {
  // A web page where data was expected, or ENTSO-E's way of saying that there is no matching data.
  if (typeof payload === 'string') return /^\s*<(!doctype html|html)|<Acknowledgement_MarketDocument/i.test(payload);
  if (!isObject(payload)) return false;
  if (FAILURES.some((name) => !saysNothing(payload[name]) && payload[name] !== false)) return true;
  const told = Object.keys(payload).filter((key) => !saysNothing(payload[key]));
  return explainsFailure(payload) && told.every((key) => ABOUT_FAILURE.has(key.toLowerCase()));
}

/** A sentence about what went wrong, or a problem document (RFC 9457) with its HTTP status. */
function explainsFailure(payload: Record<string, unknown>): boolean {
  const said = Object.keys(payload).some(
    (key) => /^(message|detail|error_?description|errormessage)$/i.test(key) && typeof payload[key] === 'string',
  );
  const status = payload.status ?? payload.statusCode;
  return said || (typeof status === 'number' && status >= 400);
}

/** Envelopes count and page their nothing: `{count: 0, next: null, results: []}` is as empty as `[]`. */
const COUNTERS = /^(count|total|total_?count|total_?records|record_?count|page|page_?size|limit|offset|size)$/i;

function saysNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  if (Array.isArray(value)) return value.every(saysNothing);
  if (!isObject(value)) return false;
  return Object.entries(value).every(
    ([key, held]) => saysNothing(held) || (COUNTERS.test(key) && typeof held === 'number'),
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
