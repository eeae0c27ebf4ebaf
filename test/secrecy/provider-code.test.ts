import { afterAll, describe, expect, test } from '@jest/globals';
import { Failure } from '../../src/base/failure.ts';
import { createMapper } from '../../src/tariff/mapping/mapper.ts';
import { createModuleSource } from '../../src/tariff/sources/module.ts';
import { createScanner } from '../support/secrecy-scanner.ts';
import { packFolder, removePackFolders } from '../tariff/support.ts';

/** Errors of a pack's own mappings and modules quote the values they fail at; ours name the place and the kind. */

const NAME = 'Ada Lovelace-5c1f';
const scan = createScanner([{ name: 'the customer’s name', value: NAME }]);

/** All that is taken on of a failure; its cause stays inside. */
async function failureOf(attempt: Promise<unknown>): Promise<Failure> {
  const failure: unknown = await attempt.then(
    (value) => value,
    (error: unknown) => error,
  );
  if (!(failure instanceof Failure)) throw new Error('It did not fail in our words.');
  expect(scan(JSON.stringify([failure.code, failure.message, failure.facts]))).toEqual([]);
  return failure;
}

describe('a mapping’s error', () => {
  const mapper = createMapper();
  afterAll(() => mapper.close());

  test.each([
    ['$number(name)', 'D3030'],
    ['$error(name)', 'D3137'],
    ['$error("no tariff for " & name)', 'D3137'],
    ['$assert(false, name)', 'D3141'],
    ['name + 1', 'T2001'],
    ['name > 1', 'T2009'],
    ['-name', 'D1002'],
    ['name(1)', 'T1006'],
    ['unknown(name)', 'T1006'],
    ['$unknown(name)', 'T1006'],
    ['[1..name]', 'T2004'],
    ['$lookup(name, 1)', 'T0410'],
    ['$sum([name])', 'T0412'],
    ['{name: 1, name & "": 2}', 'D1009'],
    ['{1: name}', 'T1003'],
    ['$eval(name)', 'D3120'],
    ['$eval("$number(\'" & name & "\')")', 'D3121'],
    ['$decodeUrl("%" & name)', 'D3140'],
    ['$formatNumber(1, name)', 'D3086'],
    ['$single([name, name])', 'D3138'],
    ['$sort([{"a": name}, {"a": 1}])', 'D3070'],
    ['[{"a": name}, {"a": 1}]^(a)', 'T2007'],
    ['$power(name, name)', 'T0410'],
    ['$ ~> |$|name|', 'T2011'],
    ['$fromMillis(0, "[Y" & name)', 'D3135'],
  ])('%s', async (expression, code) => {
    const mapping = { name: 'mappings/tariff.jsonata', version: '1', expression };
    const failure = await failureOf(mapper.map(mapping, { name: NAME }));
    expect(failure).toMatchObject({ code: 'mapping_error', facts: { reason: code } });
  });
});

describe('what a module throws', () => {
  afterAll(removePackFolders);
  const text = JSON.stringify(NAME);
  test.each([
    ['an error with a message', `throw new Error(${text})`],
    ['an error with a code and a name', `throw Object.assign(new Error('x'), { code: ${text}, name: ${text} })`],
    ['an error with more on it', `throw Object.assign(new Error('x'), { response: { body: ${text} } })`],
    ['an error with a cause', `throw new Error('x', { cause: new Error(${text}) })`],
    ['no error at all', `throw ${text}`],
    ['a promise that fails', `return Promise.reject(new Error(${text}))`],
    ['nothing that is a document', `return ${text}`],
    ['what is its own error', `return { error: ${text} }`],
    ['what cannot be written down', `const a = { name: ${text} }; a.a = a; return a`],
  ])('%s', async (_, body) => {
    const folder = packFolder({ 'tariff.mjs': `export const supplies = () => { ${body} };` });
    const source = createModuleSource({ module: `${folder}/tariff.mjs` } as never, 'supplies');
    expect(['source_unavailable', 'source_malformed']).toContain(
      (await failureOf(source.read({ sub: NAME, claims: { name: NAME } }))).code,
    );
  });
});
