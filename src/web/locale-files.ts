import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { codeOf, Failure } from '../base/failure.ts';

/** Texts by key, nested as in the file. */
export interface TextTree {
  [key: string]: string | TextTree;
}

export interface LocaleFile {
  /** BCP 47, from the file's name. */
  language: string;
  /** Identifies the wording in consent records; changed by whoever changes a text. */
  version: string;
  texts: TextTree;
}

const tree: z.ZodType<TextTree> = z.lazy(() => z.record(z.string(), z.union([z.string().min(1), tree])));
const file = z
  .object({ meta: z.strictObject({ version: z.string().regex(/^[\w.-]{1,40}$/) }) })
  .catchall(z.union([z.string().min(1), tree]));

/** Every `LANGUAGE.json` of a folder. Throws `locale_invalid` with the file and what is wrong with it. */
export async function readLocales(folder: string): Promise<LocaleFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => {
      const at = path.join(folder, name);
      const { meta, ...texts } = await parse(at);
      return { language: languageOf(at), version: meta.version, texts: texts };
    }),
  );
}

async function parse(at: string): Promise<z.infer<typeof file>> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(at, 'utf8'));
  } catch (error) {
    throw new Failure('locale_invalid', { path: at, detail: codeOf(error) }, error);
  }
  const parsed = file.safeParse(content);
  if (parsed.success) return parsed.data;
  const detail = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new Failure('locale_invalid', { path: at, detail });
}

function languageOf(at: string): string {
  try {
    const [language] = Intl.getCanonicalLocales(path.basename(at, '.json'));
    if (language !== undefined) return language;
  } catch {
    // Falls through to the same complaint as an empty name.
  }
  throw new Failure('locale_invalid', { path: at, detail: 'the name is not a language code such as de or pt-BR' });
}

/** All texts with their full keys (`consent.heading`), in the order of the file. */
export function flatten(texts: TextTree, prefix = ''): [key: string, text: string][] {
  return Object.entries(texts).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[prefix + name, value]] : flatten(value, `${prefix}${name}.`),
  );
}

export function overlay(base: TextTree, over: TextTree): TextTree {
  const merged: TextTree = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const below = merged[name];
    merged[name] = typeof value === 'object' && typeof below === 'object' ? overlay(below, value) : value;
  }
  return merged;
}

/** The key without the endings that choose a form: plural categories and `unnamed` (no recipient's name known). */
export const stemOf = (key: string): string => key.replace(/_(zero|one|two|few|many|other|unnamed)$/, '');

export const placeholdersOf = (text: string): string[] =>
  [...text.matchAll(/\{\{\s*([\w]+)\s*\}\}/g)].map(([, name]) => name ?? '');

/** Filled in everywhere, asked for or not. */
const ALWAYS = ['brand'];

/** What is wrong with texts that replace or translate `reference`: keys and placeholders nobody fills. */
export function strangers(texts: TextTree, reference: TextTree): string[] {
  const known = new Map<string, Set<string>>();
  for (const [key, text] of flatten(reference)) {
    const names = known.get(stemOf(key)) ?? new Set(ALWAYS);
    for (const name of placeholdersOf(text)) names.add(name);
    known.set(stemOf(key), names);
  }
  return flatten(texts).flatMap(([key, text]) => {
    const names = known.get(stemOf(key));
    if (names === undefined) return [`${key}: is not a text of the pages`];
    return placeholdersOf(text)
      .filter((name) => !names.has(name))
      .map((name) => `${key}: nothing fills {{${name}}}`);
  });
}
