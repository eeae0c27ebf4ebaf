import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import jsonata from 'jsonata';
import { parseDocument } from 'yaml';
import { codeOf } from '../../base/failure.ts';
import type { Mapping } from './pack.ts';

/** What is wrong with a file of the pack; the message says how to mend it. */
export class PackFileProblem extends Error {
  override readonly name = 'PackFileProblem';
}

/** Absolute path of a file of the pack. Links are resolved first: what leaves the folder is not part of the pack. */
export function packFile(folder: string, file: string): string {
  const found = resolved(folder, file);
  if (!statSync(found).isFile()) throw new PackFileProblem(`names ${file}, which is not a file`);
  return found;
}

function resolved(folder: string, file: string): string {
  const root = realpathSync(folder);
  const wanted = path.resolve(root, file);
  const outside = (candidate: string) => !candidate.startsWith(root + path.sep);
  if (path.isAbsolute(file) || outside(wanted)) {
    throw new PackFileProblem('must be a path inside the pack, relative to its folder');
  }
  let real: string;
  try {
    real = realpathSync(wanted);
  } catch (error) {
    throw new PackFileProblem(`names ${file}, which cannot be read (${codeOf(error)}); add it to the pack`);
  }
  if (outside(real)) throw new PackFileProblem(`names ${file}, a link that leads out of the pack; put the file itself`);
  return real;
}

function read(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new PackFileProblem(`names ${name}, which cannot be read (${codeOf(error)})`);
  }
}

/** Reads and compiles a mapping, so that a slip in it is found at start and not by a customer. */
export function readMapping(folder: string, name: string): Mapping {
  const expression = read(packFile(folder, name), name);
  try {
    jsonata(expression);
  } catch (error) {
    throw new PackFileProblem(`names ${name}, which is not valid JSONata: ${jsonataProblem(expression, error)}`);
  }
  return { name, version: createHash('sha256').update(expression).digest('hex').slice(0, 12), expression };
}

function jsonataProblem(expression: string, error: unknown): string {
  const { code, position, token, message } = error as {
    code?: string;
    position?: number;
    token?: string;
    message?: string;
  };
  const before = expression.slice(0, position ?? 0).split('\n');
  const where = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  return `${code ?? 'error'} at ${where}${token === undefined ? '' : ` near ${JSON.stringify(token)}`}: ${message ?? ''}`;
}

/** A YAML or JSON document of the pack. */
export function readYaml(folder: string, name: string): unknown {
  return parseYaml(read(packFile(folder, name), name), name);
}

function parseYaml(text: string, name: string): unknown {
  const document = parseDocument(text, { prettyErrors: true });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) {
    const [at] = problem.linePos ?? [];
    const where = at ? ` at line ${at.line}, column ${at.col}` : '';
    throw new PackFileProblem(`${name} is not valid YAML: ${problem.code}${where}`);
  }
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    throw new PackFileProblem(`${name} is not valid YAML: ${codeOf(error)}`);
  }
}

/** PEM for TLS. Keys are usually mounted beside the pack, so an absolute path is accepted here, and only here. */
export function readPem(folder: string, name: string): string {
  const pem = read(path.isAbsolute(name) ? name : packFile(folder, name), name);
  if (!pem.includes('-----BEGIN ')) throw new PackFileProblem(`names ${name}, which is not in PEM format`);
  return pem;
}

/** A file or folder with a fixed name that a pack may have. */
export const optionalEntry = (folder: string, name: string): string | null =>
  existsSync(path.join(folder, name)) ? resolved(folder, name) : null;
