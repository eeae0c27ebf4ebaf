import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { startWorld, type World } from '../../src/sandbox/world.ts';
import { runAdapter, type AdapterProcess } from '../process/adapter-process.ts';
import { Customer } from '../support/customer.ts';
import { createSecrecy, type Secrecy } from '../support/secrecy.ts';
import { packFolder, removePackFolders } from '../tariff/support.ts';

/** All that a process of the adapter writes, to either stream, at the level debug and without NODE_ENV. */

// Every test starts a process.
jest.setTimeout(60_000);

const ANY_PORTS = { adapter: 0, companion: 0, flatpeak: 0, connectWeb: 0, identity: 0, backend: 0 };

/** Code of a provider's that goes wrong behind our back, once a customer has signed in. */
const MODULE = `
const planted = process.env.PLANTED_SECRET;
const fail = {
  later: () => setTimeout(() => { throw Object.assign(new Error(planted), { body: planted }); }),
  silently: () => void Promise.reject(new Error(planted)),
  bare: () => setTimeout(() => { throw planted; }),
  named: () => setTimeout(() => { throw Object.assign(new Error('x'), { name: planted, code: planted + ' ' }); }),
}[process.env.FAILS];
export const supplies = () => {
  fail();
  return new Promise(() => undefined);
};
`;
const PACK = `
brand: { name: Example Energy }
country: GB
timezone: Europe/London
currency: GBP
supplies: { source: module, module: broken.mjs }
tariff: { source: book, file: book.yaml }
`;

let folder: string;
let world: World;
let broken: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'outspoken-'));
  world = await startWorld({ adapter: 'none', ports: ANY_PORTS, environment: {}, dataFolder: folder });
  broken = packFolder({ 'provider.yaml': PACK, 'broken.mjs': MODULE, 'book.yaml': 'tariffs: {}' });
});
afterAll(async () => {
  await world.close();
  removePackFolders();
  rmSync(folder, { recursive: true });
});

let secrecy: Secrecy;
let adapter: AdapterProcess;
const run = (environment: Record<string, string> = {}, ...args: string[]): void => {
  const whole = { ...world.adapterEnvironment, LOG_LEVEL: 'debug', ...environment };
  secrecy = createSecrecy(whole);
  adapter = runAdapter(whole, ...args);
};
afterEach(async () => {
  await adapter.kill();
  world.identity.faults.clear();
  const written = adapter.written();
  // Nobody prints an error as it is: there would be a line for each of its frames.
  expect(written).not.toMatch(/^\s+at /m);
  secrecy.place({ name: 'what the process has written', content: written });
  secrecy.verify();
});

const newLink = (): string => {
  const token = world.flatpeak.createConnectToken({ callbackUrl: 'http://localhost:1/', connectUrl: 'myapp://done' });
  secrecy.known('token: connect_token', token);
  return `${world.adapterUrl}/connect?connect_token=${token}`;
};
const arrive = async (): Promise<Customer> => {
  const customer = new Customer();
  await customer.open(newLink());
  await customer.press('continue');
  await customer.signIn('alice');
  return customer;
};

test('visits, their ends and their troubles', async () => {
  run();
  await Promise.all([adapter.logged('listening'), adapter.logged('ready')]);
  const customer = await arrive();
  for (const visited of customer.visited)
    secrecy.known('token: in an address', new URL(visited).searchParams.get('code'));
  for (const cookie of (await customer.cookies(world.adapterUrl)).split('; ')) {
    secrecy.known('browser secret', cookie.slice(cookie.indexOf('=') + 1));
  }
  await customer.press('allow');
  const { auth_data } = world.flatpeak.submissions.at(-1)?.body as unknown as { auth_data: { access_token: string } };
  secrecy.known('token: access_token', auth_data.access_token);
  await (await arrive()).press('deny');
  world.identity.faults.set({
    token: { status: 400, body: { error: 'x', error_description: secrecy.plant('described') } },
  });
  expect((await arrive()).page.step).toBe('error');
  for (const address of [
    `/${secrecy.plant('path')}`,
    `/connect?connect_token=${secrecy.plant('unknown')}`,
    '/connect/%ff',
  ]) {
    const answer = await fetch(world.adapterUrl + address);
    secrecy.place({ name: `the answer to ${address}`, content: (await answer.text()).replaceAll(address, '') });
  }
  adapter.signal('SIGTERM');
  expect(await adapter.ended).toBe(0);
});

test.each(['later', 'silently', 'bare', 'named'])(
  'an error that nobody catches (%s): its kind and no more, and the process ends',
  async (fails) => {
    const planted = 'planted-in-an-error-5e1c7a';
    run({ PROVIDER_PACK: broken, PLANTED_SECRET: planted, FAILS: fails });
    await Promise.all([adapter.logged('listening'), adapter.logged('ready')]);
    await expect(arrive()).rejects.toThrow('fetch failed');
    expect(await adapter.logged('crashed')).toMatchObject({ level: 50, code: expect.stringMatching(/^[\w.]+$/) });
    expect(await adapter.ended).toBe(1);
  },
);

test('the same in a command', async () => {
  const planted = 'planted-in-an-error-5e1c7a';
  const argv = ['src/cli/main.ts', 'tariff', 'check', '--pack', broken, '--supply', 'S-1', '--claim', 'sub=a'];
  const env = { PLANTED_SECRET: planted, FAILS: 'later' };
  const ended = await promisify(execFile)(process.execPath, argv, { env }).catch((error: unknown) => error);
  expect(ended).toEqual(expect.objectContaining({ code: 1, stdout: '', stderr: 'failed: Error\n' }));
});

describe('a start that fails', () => {
  const password = 'a-pass word-4b77e0';
  test.each([
    ['for an address of Redis that cannot be read', { REDIS_URL: `redis://:${password}@local host:x` }],
    ['for a proxy whose address cannot be read', { HTTPS_PROXY: `http://user:${password}@proxy host:x` }],
    ['for a key that is none', { ENCRYPTION_KEYS: `one:${password}` }],
  ])('%s', async (_, environment) => {
    run(environment);
    secrecy.known('password', password);
    expect(await adapter.ended).toBe(1);
  });

  test('for a database that refuses the password is tried again, and says why', async () => {
    run({ DATABASE_URL: `postgres://adapter:${encodeURIComponent(password)}@127.0.0.1:1/adapter` });
    secrecy.known('password', password);
    expect(await adapter.logged('database_unavailable')).toMatchObject({ code: expect.any(String) });
  });
});

test('--check-config says what is wrong, and not with what', async () => {
  const variables = [
    'DATABASE_URL',
    'ENCRYPTION_KEYS',
    'FLATPEAK_API_URL',
    'OIDC_ISSUER',
    'POLLER_API_KEYS',
    'REDIS_URL',
  ];
  const planting = createSecrecy({});
  run(Object.fromEntries(variables.map((name) => [name, `${planting.plant(name)}@x y`])), '--check-config');
  expect(await adapter.ended).toBe(1);
  for (const name of variables) expect(adapter.written()).toContain(`  ${name} must `);
  planting.place({ name: 'what --check-config says', content: adapter.written() });
  planting.verify();
});
