import { afterAll, describe, expect, test } from '@jest/globals';
import { checkPack } from '../../../src/tariff/check-pack.ts';
import { createModuleSource, type ModuleSource } from '../../../src/tariff/sources/module.ts';
import { HEAD, NO_SUPPLIES, packOf, removePackFolders } from '../support.ts';

afterAll(removePackFolders);

const packWith = (code: string) =>
  packOf(`${HEAD}${NO_SUPPLIES}\ntariff: { source: module, module: source.mjs, select: { zone: SE3 } }`, {
    'source.mjs': code,
  });
const sourceOf = (code: string, timeoutMs = 5000) =>
  createModuleSource(packWith(code).tariff.prices as ModuleSource, 'prices', timeoutMs);

const context = {
  sub: 'sub-1',
  claims: { number: 'C-1' },
  supply: { id: 'S-1' },
  from: Temporal.Instant.from('2025-01-01T00:00:00Z'),
};

describe('a module of the pack', () => {
  test('is called with what is known', async () => {
    const source = sourceOf('export const prices = async ({ signal, ...ctx }) => ({ ctx, late: signal.aborted });');
    expect((await source.read(context)).document).toEqual({
      ctx: {
        sub: 'sub-1',
        claims: { number: 'C-1' },
        supply: { id: 'S-1' },
        agreement: null,
        from: '2025-01-01T00:00:00Z',
        to: null,
        access_token: null,
        select: { zone: 'SE3' },
      },
      late: false,
    });
  });

  test.each([
    ['throws', 'export const prices = () => { throw new Error("customer C-1 is broke"); };', 'source_unavailable'],
    ['rejects', 'export const prices = async () => { throw new TypeError("x"); };', 'source_unavailable'],
    ['never answers', 'export const prices = () => new Promise(() => {});', 'source_unavailable'],
    ['gives nothing', 'export const prices = () => undefined;', 'source_malformed'],
    ['gives an error', 'export const prices = () => ({ error: "nope" });', 'source_malformed'],
    [
      'gives what is no data',
      'export const prices = () => { const a = { b: 1 }; a.a = a; return a; };',
      'source_malformed',
    ],
  ])('that %s', async (_, code, expected) => {
    const failure = await sourceOf(code, 50)
      .read(context)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: expected });
    expect(JSON.stringify((failure as { facts: object }).facts)).not.toContain('C-1');
  });

  test.each([
    ['export const supplies = () => ({});', /exports a function prices\(ctx\)/],
    ['export const prices = 1;', /exports a function prices\(ctx\)/],
    ['export const prices = (', /cannot be loaded/],
  ])('is looked at when the adapter starts: %s', async (code, fix) => {
    const found = await checkPack(packWith(code), Temporal.Instant.from('2025-01-01T00:00:00Z'));
    expect(found).toEqual([{ where: 'provider.yaml tariff.module', fix: expect.stringMatching(fix) }]);
  });
});

test('a module is handed the customer’s own token where the pack says so, and only there', async () => {
  const customerToken = () => Promise.resolve('customers-own-token');
  const tokenIn = async (fields: string) => {
    const pack = packOf(`${HEAD}${NO_SUPPLIES}\ntariff: { source: module, module: m.mjs${fields} }`, {
      'm.mjs': 'export const prices = ({ access_token }) => ({ access_token });',
    });
    const source = createModuleSource(pack.tariff.prices as ModuleSource, 'prices');
    return (await source.read({ ...context, customerToken })).document;
  };
  expect(await tokenIn(', auth: { type: customer_token }')).toEqual({ access_token: 'customers-own-token' });
  expect(await tokenIn('')).toEqual({ access_token: null });
});
