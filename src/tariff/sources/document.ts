import { createHash } from 'node:crypto';
import { Failure } from '../../base/failure.ts';
import { answerProblem } from '../model/accept.ts';
import { parseXml } from '../presets/xml.ts';

export const malformed = (reason: string): Failure => new Failure('source_malformed', { reason });

const XML_TYPE = /^(?:application|text)\/(?:(?!xhtml)[\w.-]+\+)?xml\b/i;

/** Parses an answer's body: JSON, or XML where its content type or its first line says so. */
export function parseDocument(body: string, contentType = ''): unknown {
  if (body.trim() === '') throw malformed('empty_answer');
  if (XML_TYPE.test(contentType) || /^\s*<\?xml\b/.test(body)) return refuseErrors(parseXml(body));
  try {
    return refuseErrors(JSON.parse(body));
  } catch (error) {
    throw error instanceof Failure ? error : malformed('not_json');
  }
}

/** Gives the document back, unless it is an error in a success's clothes (MODEL rule 1). */
export function refuseErrors(document: unknown): unknown {
  if (document === null || typeof document !== 'object') throw malformed('not_a_document');
  if (answerProblem(document)?.code === 'error_body') throw malformed('error_body');
  return document;
}

/** An answer without any data. A customer may have no supplies; a supply without prices is a mistake. */
export function refuseNothing(document: unknown): void {
  if (answerProblem(document)?.code === 'empty_answer') throw malformed('empty_answer');
}

export const sha256 = (...texts: string[]): string => {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text);
  return hash.digest('hex');
};
