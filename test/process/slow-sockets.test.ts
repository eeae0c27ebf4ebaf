import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startWorld, type World } from '../../src/sandbox/world.ts';
import { openWire, type Wire } from '../web/wire.ts';
import { runAdapter, type AdapterProcess } from './adapter-process.ts';

/**
 * Five hundred clients that dawdle, against the process as it runs in production and its real clocks. Slow: it waits
 * until they are cut.
 */

jest.setTimeout(60_000);

const ANY_PORTS = { adapter: 0, companion: 0, flatpeak: 0, connectWeb: 0, identity: 0, backend: 0 };

let world: World;
let folder: string;
let adapter: AdapterProcess;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'slow-sockets-'));
  const pack = path.join(folder, 'pack');
  cpSync(path.resolve(import.meta.dirname, '../../src/sandbox/pack'), pack, { recursive: true });
  writeFileSync(path.join(pack, 'logo.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>'.padEnd(16 * MEGABYTES));
  world = await startWorld({ adapter: 'none', ports: ANY_PORTS, environment: {}, dataFolder: folder, pack });
  adapter = runAdapter({ ...world.adapterEnvironment, TRUST_PROXY: '1' });
  await Promise.all([adapter.logged('listening'), adapter.logged('ready')]);
});
afterAll(async () => {
  await adapter.kill();
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

const port = () => world.ports.adapter;
const many = <T>(count: number, one: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => one(n));

const HEADERS = 'GET /connect HTTP/1.1\r\nHost: a\r\n';
const body = (n: number) =>
  `POST /connect/${String(n).padEnd(22, 'x')}/allow HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.${n}\r\n` +
  'Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 4000\r\n\r\n';
/** Of an answer that the system does not take in for a client which reads nothing. */
const LOGO = 'GET /assets/logo HTTP/1.1\r\nHost: a\r\n\r\n';
const MEGABYTES = 1_000_000;

describe('while five hundred clients dawdle', () => {
  let slow: { headers: Wire[]; bodies: Wire[]; readers: Wire[] };
  let dripping: NodeJS.Timeout;
  beforeAll(async () => {
    slow = {
      headers: many(170, () => openWire(port(), HEADERS)),
      bodies: many(170, (n) => openWire(port(), body(n))),
      readers: many(160, () => openWire(port(), LOGO)),
    };
    for (const { socket } of slow.readers) socket.pause();
    dripping = setInterval(() => {
      for (const { say } of slow.headers) say('X: y\r\n');
      for (const { say } of slow.bodies) say('x');
    }, 1000);
    await sleep(2000);
  });
  afterAll(() => {
    clearInterval(dripping);
    for (const { socket } of [...slow.headers, ...slow.bodies, ...slow.readers]) socket.destroy();
  });

  test('everybody else is served within a second', async () => {
    const took: number[] = [];
    for (let n = 0; n < 10; n += 1) {
      const token = world.flatpeak.createConnectToken({
        callbackUrl: 'http://localhost:1/',
        connectUrl: 'myapp://done',
      });
      for (const address of [`/connect?connect_token=${token}`, '/connect', '/tariff', '/readyz']) {
        const begun = performance.now();
        const answer = await fetch(world.adapterUrl + address, { headers: { 'x-forwarded-for': `203.0.113.${n}` } });
        expect(answer.status).toBeLessThan(500);
        await answer.text();
        took.push(performance.now() - begun);
      }
    }
    // Nearly all of them: whatever else runs on this machine may hold up one or the other.
    const nearlyAll = took.sort((one, other) => one - other)[Math.floor(took.length * 0.9)];
    expect(nearlyAll).toBeLessThan(1000);
  });

  test('those who do not finish their request are cut after fifteen seconds, and told so', async () => {
    const unfinished = [...slow.headers, ...slow.bodies];
    const lasted = await Promise.all(unfinished.map(({ closed }) => closed));
    expect(Math.min(...lasted)).toBeGreaterThan(14_500);
    expect(Math.max(...lasted)).toBeLessThan(18_000);
    expect(unfinished.filter((wire) => !wire.heard().startsWith('HTTP/1.1 408 '))).toEqual([]);
  });
});
