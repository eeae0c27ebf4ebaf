import { expect, test } from '@jest/globals';
import express, { type ErrorRequestHandler } from 'express';
import request from 'supertest';
import { codeOf } from '../../src/base/failure.ts';
import { sameSiteOnly } from '../../src/web/same-site.ts';

const OWN = 'https://connect.provider.example';
const told: ErrorRequestHandler = (error, _req, res, next) => {
  if (res.headersSent) next(error);
  else res.status(403).send(codeOf(error));
};
const app = express()
  .use(sameSiteOnly(new URL(OWN)))
  .post('/', (_req, res) => void res.send('taken'))
  .use(told);

/** What a browser says of where a form comes from, and whether the form is taken. */
test.each<[string, Record<string, string>, boolean]>([
  ['our own page', { 'sec-fetch-site': 'same-origin', origin: OWN }, true],
  ['our own page, in a browser without Fetch Metadata', { origin: OWN }, true],
  ['our own page, in a browser that tells nothing', {}, true],
  ['a page of a host below ours', { 'sec-fetch-site': 'same-site', origin: 'https://blog.provider.example' }, false],
  ['a page of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, false],
  ['another site, in a browser without Fetch Metadata', { origin: 'https://evil.example' }, false],
  [
    'another site that claims to be same-origin',
    { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' },
    false,
  ],
  ['another site without its origin', { 'sec-fetch-site': 'cross-site' }, false],
  ['a sandboxed frame or a data: page', { origin: 'null' }, false],
  ['a sandboxed frame, with Fetch Metadata', { 'sec-fetch-site': 'cross-site', origin: 'null' }, false],
  ['our host over http', { origin: 'http://connect.provider.example' }, false],
  ['our host on another port', { origin: 'https://connect.provider.example:8443' }, false],
  ['a host that begins like ours', { origin: 'https://connect.provider.example.evil.example' }, false],
  ['no page at all, as a program would', { 'sec-fetch-site': 'none' }, false],
  ['a site in words nobody knows', { 'sec-fetch-site': 'friendly' }, false],
])('a form from %s', async (_, headers, taken) => {
  const answer = await request(app).post('/').set(headers);
  expect([answer.status, answer.text]).toEqual(taken ? [200, 'taken'] : [403, 'form_rejected']);
});
