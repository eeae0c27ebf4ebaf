import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { startWorld, type World } from '../../src/sandbox/world.ts';
import { Customer, posting } from '../support/customer.ts';
import { openWire } from '../web/wire.ts';
import { runAdapter, type AdapterProcess } from './adapter-process.ts';

/** The adapter as a provider runs it: `node src/main.ts`, told everything by its environment. */

// Every test starts a process.
jest.setTimeout(60_000);

const ANY_PORTS = { adapter: 0, companion: 0, flatpeak: 0, connectWeb: 0, identity: 0, backend: 0, preview: 0 };

let world: World;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'adapter-life-'));
  world = await startWorld({ adapter: 'none', ports: ANY_PORTS, environment: {}, dataFolder: folder });
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

let adapter: AdapterProcess;
/** Starts it and waits until it listens and has logged this. */
const run = async (until: string, environment: Record<string, string> = {}): Promise<void> => {
  adapter = runAdapter({ ...world.adapterEnvironment, ...environment });
  await Promise.all([adapter.logged('listening'), adapter.logged(until)]);
};
afterEach(async () => {
  await adapter.kill();
  world.flatpeak.faults.clear();
});

async function onConsent(): Promise<{ token: string; customer: Customer }> {
  const token = world.flatpeak.createConnectToken({ callbackUrl: 'http://localhost:1/', connectUrl: 'myapp://done' });
  const customer = new Customer();
  await customer.open(`${world.adapterUrl}/connect?connect_token=${token}`);
  await customer.press('continue');
  await customer.signIn('alice');
  expect(customer.page.step).toBe('consent');
  return { token, customer };
}

test('a customer connects', async () => {
  await run('ready');
  const { token, customer } = await onConsent();
  await customer.press('allow');
  expect(customer.leftFor).toBe(`myapp://done?connect_token=${token}&fp_cot=${token}`);
  expect(world.flatpeak.submissions.some(({ connectToken }) => connectToken === token)).toBe(true);
});

test('a port that is taken: it says so and ends', async () => {
  adapter = runAdapter({ ...world.adapterEnvironment, PORT: String(world.ports.flatpeak) });
  expect(await adapter.logged('listen_failed')).toMatchObject({ code: 'EADDRINUSE', port: world.ports.flatpeak });
  expect(await adapter.ended).toBe(1);
});

describe('told to end', () => {
  test('it answers the request that is in flight, delivers what was decided, and is gone', async () => {
    await run('ready');
    const { token, customer } = await onConsent();
    world.flatpeak.faults.set({ submission: { delayMs: 1500 } });
    const { action, body } = customer.formOf('allow');
    const decided = await customer.fetch(action, posting(body));
    const finishing = new URL(decided.headers.get('location') ?? '', action).href;
    const headers = { cookie: await customer.cookies(finishing) };
    const inFlight = fetch(`${finishing}?wait=1`, { headers, redirect: 'manual' });
    // Once later requests are answered, the one that waits for Flatpeak has arrived too.
    await fetch(`${world.adapterUrl}/healthz`);
    await fetch(`${world.adapterUrl}/healthz`);
    adapter.signal('SIGTERM');
    await adapter.logged('draining');
    await expect(fetch(`${world.adapterUrl}/healthz`, { headers: { connection: 'close' } })).rejects.toThrow();

    const answered = await inFlight;
    // Nobody is kept waiting by a process that leaves: the page leads on, to whichever instance is there next.
    expect(await answered.text()).toContain('data-step="finishing"');
    // The browser would keep the connection, and the process with it.
    expect(answered.headers.get('connection')).toBe('close');
    expect(await adapter.ended).toBe(0);
    expect(world.flatpeak.submissions.some(({ connectToken }) => connectToken === token)).toBe(true);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'by %s, connections that are merely kept open do not keep it',
    async (name) => {
      await run('ready');
      const agent = new Agent({ keepAlive: true });
      await new Promise((resolve, reject) => {
        const asked = get(`${world.adapterUrl}/healthz`, { agent }, (answer) => answer.resume().once('end', resolve));
        asked.once('error', reject);
      });
      adapter.signal(name);
      expect(await adapter.ended).toBe(0);
      agent.destroy();
    },
  );

  test('clients who never finish what they have begun do not keep it', async () => {
    await run('ready');
    const begun = [openWire(world.ports.adapter), openWire(world.ports.adapter, 'GET / HTTP/1.1\r\n')];
    // Once a later request is answered, they have arrived too.
    await fetch(`${world.adapterUrl}/healthz`);
    adapter.signal('SIGTERM');
    expect(await adapter.ended).toBe(0);
    for (const { socket } of begun) socket.destroy();
  });

  test('while its database is away, it ends as well', async () => {
    await run('database_unavailable', { DATABASE_URL: 'postgres://adapter@127.0.0.1:1/adapter' });
    const readiness = await fetch(`${world.adapterUrl}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await readiness.json()).toMatchObject({ missing: ['database'] });
    adapter.signal('SIGTERM');
    expect(await adapter.ended).toBe(0);
  });
});
