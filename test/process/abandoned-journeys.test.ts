import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { startWorld, type World } from '../../src/sandbox/world.ts';
import type { Database } from '../../src/store/database.ts';
import { HOUR, MINUTE } from '../support/clock.ts';
import { connectTo, DATABASE_KINDS, newAddress } from '../support/databases.ts';
import type { Ask, Told } from './metered-adapter.ts';

/**
 * Customers who open their link and are never seen again leave nothing behind: memory stays flat, and their rows go
 * when their time is over. ABANDONED=10000 sends as many, for some minutes.
 */

const ABANDONED = Number(process.env.ABANDONED ?? 900);
/** Of each third: less than one small object a visit, beside what the compiler still does for itself. */
const MAY_GROW = 300_000 + (100 * ABANDONED) / 3;

jest.setTimeout(60_000 + ABANDONED * 60);

const ANY_PORTS = { adapter: 0, companion: 0, flatpeak: 0, connectWeb: 0, identity: 0, backend: 0 };

describe.each(DATABASE_KINDS)('customers who go away (%s)', (kind) => {
  let world: World;
  let adapter: ChildProcess;
  let database: Database;
  beforeAll(async () => {
    const address = await newAddress(kind);
    world = await startWorld({ adapter: 'none', ports: ANY_PORTS, environment: {} });
    adapter = fork(path.join(import.meta.dirname, 'metered-adapter.ts'), {
      execArgv: ['--expose-gc'],
      env: {
        ...world.adapterEnvironment,
        DATABASE_URL: address.kind === 'sqlite' ? `sqlite:${address.path}` : address.url,
        TRUST_PROXY: '1',
        LOG_LEVEL: 'silent',
      },
    });
    await once(adapter, 'message');
    database = connectTo(address);
  });
  afterAll(async () => {
    await database.destroy();
    adapter.kill('SIGKILL');
    await once(adapter, 'exit');
    await world.close();
  });

  async function ask<T extends Told>(question: Ask): Promise<T> {
    adapter.send(question);
    const [told] = (await once(adapter, 'message')) as [T];
    return told;
  }

  let seen = 0;
  /** Opens a link and reads the page; every fourth customer goes on to sign in. None is heard of again. */
  async function comeAndGo(): Promise<void> {
    seen += 1;
    const goesOn = seen % 4 === 0;
    const from = { 'x-forwarded-for': `10.${seen >> 16}.${(seen >> 8) & 255}.${seen & 255}` };
    const token = world.flatpeak.createConnectToken({ callbackUrl: 'http://localhost:1/', connectUrl: 'myapp://done' });
    const link = `${world.adapterUrl}/connect?connect_token=${token}`;
    const opened = await fetch(link, { headers: from, redirect: 'manual' });
    const headers = { ...from, cookie: opened.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
    const at = new URL(opened.headers.get('location') ?? '', world.adapterUrl).href;
    const page = await (await fetch(at, { headers })).text();
    const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1];
    expect(csrf).toBeDefined();
    if (!goesOn) return;
    const body = new URLSearchParams({ csrf: csrf ?? '' });
    const sent = await fetch(at.replace(/login$/, 'continue'), { method: 'POST', headers, body, redirect: 'manual' });
    expect(sent.headers.get('location')).toMatch(/redirecting$/);
  }
  async function crowd(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 20) {
      await Promise.all(Array.from({ length: Math.min(20, left) }, comeAndGo));
    }
  }

  /** Memory in use, with the time over in which limits remember a client. */
  async function settledBytes(): Promise<number> {
    await ask({ passMs: 3 * MINUTE });
    return (await ask<{ bytes: number }>({ measure: true })).bytes;
  }

  // What a visit leaves in memory has nothing to do with the database.
  if (kind === 'sqlite') {
    test('leave no memory in use', async () => {
      await crowd(400);
      const inUse = [await settledBytes()];
      for (let third = 0; third < 3; third += 1) {
        await crowd(ABANDONED / 3);
        inUse.push(await settledBytes());
      }
      // What is kept of each visit is kept in every third; what the compiler does shows in one or the other.
      const grown = inUse.slice(1).map((bytes, third) => bytes - (inUse[third] ?? 0));
      const [, median = 0] = grown.sort((one, other) => one - other);
      expect(median).toBeLessThan(MAY_GROW);
    });
  }

  test('leave no rows, once their time is over', async () => {
    const rows = async () => ({
      journeys: (await database.selectFrom('journeys').select('id').execute()).length,
      signIns: (await database.selectFrom('sign_ins').select('state_hash').execute()).length,
    });
    await crowd(40);
    expect((await rows()).journeys).toBe(seen);
    expect((await rows()).signIns).toBeGreaterThan(0);
    await ask({ passMs: HOUR + 31 * MINUTE });
    const left = async () => Object.values(await rows()).reduce((sum, one) => sum + one);
    while ((await left()) > 0) await new Promise((resolve) => setTimeout(resolve, 100));
  });
});
