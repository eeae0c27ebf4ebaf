import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import request from 'supertest';
import { createLog } from '../../src/base/log.ts';
import { limit } from '../../src/web/limits.ts';
import { shareLimits, type SharedLimits } from '../../src/web/shared-limits.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { until } from '../support/until.ts';

/** Two instances that count in one Redis; test/outages/redis.test.ts takes it from the whole adapter. */

const log = createLog('silent');
let redis: RedisServer;
let shared: SharedLimits[];

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
const allConnected = () => shared.every((one) => one.isConnected());
const noneConnected = () => shared.every((one) => !one.isConnected());

beforeAll(async () => {
  redis = await startRedis();
  shared = [1, 2].map(() => shareLimits(redis.url, log));
});
// Its scripts are forgotten too, and are given to it again.
afterEach(() => redis.forget());
afterAll(async () => {
  for (const one of shared) one.close();
  await redis.stop();
});

const statusesOf = async ([first, second]: express.Express[]) => {
  const answers = [await request(first!).get('/'), await request(second!).get('/'), await request(first!).get('/')];
  return answers.map(({ status }) => status);
};

test('limits made before Redis was reached are counted once it is', async () => {
  expect(noneConnected()).toBe(true);
  const instances = shared.map(instance);
  await until(allConnected);
  expect(await statusesOf(instances)).toEqual([200, 200, 429]);
});

test('without Redis they let everyone through, and count again when it is back', async () => {
  const instances = shared.map(instance);
  expect(await statusesOf(instances)).toEqual([200, 200, 429]);
  await redis.goAway();
  await until(noneConnected);
  expect(await statusesOf(instances)).toEqual([200, 200, 200]);
  await redis.comeBack();
  await until(allConnected);
  expect(await statusesOf(instances)).toEqual([200, 200, 429]);
});
