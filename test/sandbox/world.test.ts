import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { adapterEnvironment } from '../../src/sandbox/adapter-environment.ts';
import { choosePorts, freePort } from '../../src/sandbox/http/ports.ts';
import { forgetState, openState } from '../../src/sandbox/state.ts';
import { startWorld, type World } from '../../src/sandbox/world.ts';
import { allowed, basic } from './support.ts';
import { Visitor } from './visitor.ts';

const ANY = { adapter: 0, companion: 0, flatpeak: 0, connectWeb: 0, identity: 0, backend: 0, preview: 0 };

describe('ports', () => {
  test('a preferred port is taken when it is free', async () => {
    const free = await freePort();
    expect(await choosePorts({ one: free })).toEqual({ one: free });
  });

  test.each(['127.0.0.1', '0.0.0.0'])('a port somebody holds on %s gives way', async (host) => {
    const other = createServer();
    const free = await freePort();
    await new Promise<void>((resolve) => other.listen(free, host, resolve));
    const { one } = await choosePorts({ one: free });
    other.close();
    expect(one).not.toBe(free);
  });

  test('no port is given out twice', async () => {
    const free = await freePort();
    const { one, two, three } = await choosePorts({ one: free, two: free, three: 0 });
    expect(new Set([one, two, three]).size).toBe(3);
  });
});

describe('state between runs', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sandbox-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('the key stays, since the database is sealed with it', () => {
    expect(openState(folder)).toEqual(openState(folder));
    expect(Buffer.from(openState(folder).encryptionKey, 'base64')).toHaveLength(32);
  });

  test('a reset makes a new one', () => {
    const { encryptionKey } = openState(folder);
    forgetState(folder);
    expect(existsSync(path.join(folder, 'sandbox.key'))).toBe(false);
    expect(openState(folder).encryptionKey).not.toBe(encryptionKey);
  });
});

describe('the adapter’s environment', () => {
  const settings = {
    port: 4000,
    publicUrl: 'http://localhost:4000',
    database: '/data/sandbox.db',
    encryptionKey: 'a2V5',
    flatpeak: { apiUrl: 'http://localhost:4010', accountId: 'acc_1', apiKey: 'sk_test_1' },
    identity: { issuer: 'http://localhost:4020', clientId: 'client', clientSecret: 'secret' },
    billing: { url: 'http://localhost:4030', clientSecret: 'billing' },
    pack: '/pack',
  };

  test.each([
    ['a secret of a pack', 'MY_BILLING_KEY', 'x', 'x'],
    ['a billing system of one’s own', 'BILLING_URL', 'https://billing.example', 'https://billing.example'],
    ['the log level', 'LOG_LEVEL', 'debug', 'debug'],
    ['a return list meant for elsewhere', 'RETURN_URLS', 'https://app.example', undefined],
    ['a secret file meant for elsewhere', 'OIDC_CLIENT_SECRET_FILE', '/run/secret', undefined],
    ['another issuer', 'OIDC_ISSUER', 'https://id.example', 'http://localhost:4020'],
    ['another database', 'DATABASE_URL', 'postgres://x', 'sqlite:/data/sandbox.db'],
  ])('%s', (_what, name, value, expected) => {
    expect(adapterEnvironment(settings, { [name]: value })[name]).toBe(expected);
  });
});

describe('the world', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld({ adapter: 'none', ports: ANY });
  });
  afterEach(() => world.close());

  const text = async (url: string) => (await fetch(url)).text();
  const connect = async (visitor: Visitor) => {
    const leaving = await visitor.post(`${world.companion.url}/connect`, {});
    return new URL(/http-equiv="refresh" content="0;url=([^"]+)"/.exec(leaving.text)?.[1] ?? '');
  };

  test('is there at free ports and gone afterwards', async () => {
    const urls = [
      world.companion.url,
      `${world.identity.issuer}/jwks`,
      `${world.backend.url}/terms`,
      `${world.flatpeak.apiUrl}/sandbox/trace`,
    ];
    expect((await Promise.all(urls.map((url) => fetch(url)))).map(({ status }) => status)).toEqual([
      200, 200, 200, 200,
    ]);
    await world.close();
    await expect(Promise.any(urls.map((url) => fetch(url)))).rejects.toThrow();
  });

  test('gives the adapter a whole configuration that fits', () => {
    expect(world.adapterEnvironment).toMatchObject({
      PUBLIC_URL: world.adapterUrl,
      FLATPEAK_API_URL: world.flatpeak.apiUrl,
      OIDC_ISSUER: world.identity.issuer,
      BILLING_URL: world.backend.url,
    });
    expect(existsSync(path.join(world.adapterEnvironment.PROVIDER_PACK ?? '', 'provider.yaml'))).toBe(true);
  });

  test('a port that is taken is replaced and said', async () => {
    const second = await startWorld({ adapter: 'none', ports: { ...ANY, companion: world.ports.companion } });
    expect(second.moved).toEqual([
      { name: 'companion', preferred: world.ports.companion, port: second.ports.companion },
    ]);
    await second.close();
  });

  test('what has started is stopped when a part fails to', async () => {
    const ports = await choosePorts(ANY);
    await expect(
      startWorld({ adapter: 'none', ports, emulator: { port: world.ports.flatpeak } }),
    ).rejects.toMatchObject({ code: 'port_taken' });
    expect(await choosePorts({ identity: ports.identity })).toEqual({ identity: ports.identity });
  });

  test('the app leads to Flatpeak Connect, and that to the adapter', async () => {
    const web = await connect(new Visitor(world.adapterUrl));
    const token = web.searchParams.get('fp_cot') ?? '';
    expect(await text(web.href)).toContain(`${world.adapterUrl}/connect?connect_token=${token}`);
  });

  test('the app waits until Flatpeak has heard, then shows what it received and no secret', async () => {
    const visitor = new Visitor(world.adapterUrl);
    const token = (await connect(visitor)).searchParams.get('fp_cot') ?? '';
    const waiting = await visitor.get(`${world.companion.url}/done?fp_cot=${token}`);
    expect(waiting.text).toContain('http-equiv="refresh"');

    await fetch(`${world.flatpeak.apiUrl}/connect/session/${token}`, {
      method: 'POST',
      headers: {
        authorization: basic(
          world.adapterEnvironment.FLATPEAK_ACCOUNT_ID ?? '',
          world.adapterEnvironment.FLATPEAK_API_KEY ?? '',
        ),
        'content-type': 'application/json',
        'idempotency-key': 'key-1',
      },
      body: JSON.stringify(allowed(token)),
    });
    const page = await visitor.get(waiting.url);
    expect(page.text).toContain('Your tariff is connected');
    expect(page.text).toContain('Zk4nT1…');
    expect(page.text).not.toContain(allowed(token).auth_data.access_token);
    expect(page.text).not.toContain(world.adapterEnvironment.FLATPEAK_API_KEY);
  });

  test('the app knows nothing of a connection it did not start', async () => {
    const token = world.flatpeak.createConnectToken({ callbackUrl: `${world.companion.url}/done` });
    expect((await fetch(`${world.companion.url}/connections/${token}`)).status).toBe(404);
  });
});

test('the demo pack names nothing but what the sandbox passes on', () => {
  const pack = readFileSync(new URL('../../src/sandbox/pack/provider.yaml', import.meta.url), 'utf8');
  const names = [...pack.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name);
  expect([...new Set(names)].toSorted()).toEqual(['BILLING_SECRET', 'BILLING_URL']);
});
