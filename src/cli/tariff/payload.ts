import { readFile, stat } from 'node:fs/promises';
import { codeOf, Failure } from '../../base/failure.ts';
import type { Outbound } from '../../base/outbound.ts';
import { problem, type TariffProblem } from '../../tariff/model/problem.ts';
import { parseDocument, sha256 } from '../../tariff/sources/document.ts';
import { UsageProblem, type Surroundings } from '../surroundings.ts';

/** As a source takes it: an answer beyond this is refused. */
const MAX_BYTES = 5_000_000;
const TIMEOUT_MS = 20_000;

export interface Payload {
  document: unknown;
  sha256: string;
}
export type PayloadRead = { ok: true; payload: Payload } | { ok: false; problems: TariffProblem[] };

/**
 * A payload from a file, an http(s) address, or `-` for standard input, parsed from JSON or XML. Throws UsageProblem
 * for a file that cannot be read; what is wrong with its contents is a problem.
 */
export async function readPayload(from: string, { send, readStdin }: Surroundings): Promise<PayloadRead> {
  try {
    const body = await bodyOf(from, send, readStdin);
    if (Buffer.byteLength(body) > MAX_BYTES) throw tooLarge();
    return { ok: true, payload: { document: parsed(body), sha256: sha256(body) } };
  } catch (error) {
    if (error instanceof Failure) return { ok: false, problems: [problemOf(error)] };
    throw error;
  }
}

async function bodyOf(from: string, send: Outbound, readStdin: () => Promise<string>): Promise<string> {
  if (from === '-') return readStdin();
  if (!/^https?:\/\//i.test(from)) return readLocal(from);
  if (!URL.canParse(from)) throw new UsageProblem(`${from} is no address`);
  const headers = { accept: 'application/json, application/xml;q=0.9' };
  const { status, body } = await send({ url: from, headers, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES });
  if (status < 200 || status > 299) throw new Failure('source_refused', { status });
  return body;
}

async function readLocal(file: string): Promise<string> {
  try {
    if ((await stat(file)).size > MAX_BYTES) throw tooLarge();
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new UsageProblem(`${file} cannot be read (${codeOf(error)})`);
  }
}

const tooLarge = () => new Failure('source_malformed', { reason: 'too_large' });

function parsed(body: string): unknown {
  const text = body.replace(/^\uFEFF/, '').trimStart();
  // Well-formed pages would pass for XML.
  if (/^<html\b/i.test(text)) throw new Failure('source_malformed', { reason: 'error_body' });
  return parseDocument(text, text.startsWith('<') ? 'application/xml' : '');
}

const REASONS: Record<string, string> = {
  empty_answer: 'there is nothing in it',
  error_body: 'it is an error or a web page instead of data',
  not_json: 'it is not JSON',
  not_xml: 'it is not well-formed XML',
  xml_document_type: 'it is a web page, or XML with a document type, which is not read',
  not_a_document: 'it is a single value, neither an object nor a list',
  too_large: `it is larger than ${MAX_BYTES / 1_000_000} MB`,
};

function problemOf({ code, facts }: Failure): TariffProblem {
  const { reason, status } = facts;
  if (typeof reason === 'string') return problem(code, [], REASONS[reason] ?? reason);
  return problem(code, [], status === undefined ? 'there is no answer' : `it is answered with status ${status}`);
}
