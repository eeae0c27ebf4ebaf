import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { createLog } from '../../src/base/log.ts';
import { limit } from '../../src/web/limits.ts';
import { shareLimits, type SharedLimits } from '../../src/web/shared-limits.ts';
import { freePort } from '../../src/sandbox/http/ports.ts';

/** A Redis of the tests' own, which can be taken away and brought back. */

const log = createLog('silent');
let port: number;
let redis: ChildProcess;
let shared: SharedLimits[];

const startRedis = async (): Promise<void> => {
  redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']);
  await Promise.race([once(redis.stdout!, 'data'), once(redis, 'exit')]);
};
const stopRedis = async (): Promise<void> => {
  redis.kill('SIGKILL');
  await once(redis, 'exit');
};
const until = async (condition: () => boolean): Promise<void> => {
  for (let look = 0; look < 200 && !condition(); look += 1) await sleep(50);
};

/** One instance of an application that lets a client through twice a minute. */
const instance = (limits: SharedLimits) => {
  const app = express();
  app.use(limit({ name: 'test', perMinute: 2, keyOf: () => 'somebody' }, { store: limits.store, log }));
  app.get('/', (_req, res) => res.sendStatus(200));
  const refuse: express.ErrorRequestHandler = (_error, _req, res, next) => {
    if (res.headersSent) next();
    else res.sendStatus(429);
  };
  app.use(refuse);
  return app;
};

beforeAll(async () => {
  port = await freePort();
  await startRedis();
  shared = [1, 2].map(() => shareLimits(`redis://127.0.0.1:${port}`, log));
  await until(() => shared.every((one) => one.isConnected()));
});
afterAll(async () => {
  for (const one of shared) one.close();
  await stopRedis();
});

test('two instances count together; without Redis they let everyone through, and count again when it is back', async () => {
  const [first, second] = shared.map(instance);
  const statuses = async () => {
    const answers = [await request(first!).get('/'), await request(second!).get('/'), await request(first!).get('/')];
    return answers.map(({ status }) => status);
  };
  expect(await statuses()).toEqual([200, 200, 429]);
  await stopRedis();
  await until(() => shared.every((one) => !one.isConnected()));
  expect(await statuses()).toEqual([200, 200, 200]);
  await startRedis();
  await until(() => shared.every((one) => one.isConnected()));
  expect(await statuses()).toEqual([200, 200, 429]);
});
