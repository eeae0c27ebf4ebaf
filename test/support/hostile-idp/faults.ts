import { gzipSync } from 'node:zlib';
import { answer, type Step } from '../http-peer.ts';
import { decode, encode, resign, type Forgery, type Json } from '../jwt.ts';
import type { HostileIdp } from './server.ts';

/** What an identity provider can do wrong with an answer it would have given properly. */
export type Fault = (proper: Json, idp: HostileIdp) => Step;

/** Something else altogether. */
export const instead =
  (step: Step): Fault =>
  () =>
    step;

/** The proper answer with changes; `undefined` removes a member. */
export const changed =
  (changes: Json | ((proper: Json, idp: HostileIdp) => Json), status = 200): Fault =>
  (proper, idp) =>
    answer(status, { ...proper, ...(typeof changes === 'function' ? changes(proper, idp) : changes) });

/** An ID token with other contents, signed with the provider's own key unless another is given. */
export const forged = (forgery: Forgery | ((idp: HostileIdp) => Forgery)): Fault =>
  withIdToken((token, idp) =>
    resign(token, { key: idp.signingKey(), ...(typeof forgery === 'function' ? forgery(idp) : forgery) }),
  );

export const claiming = (claims: Json): Fault => forged({ claims });

/** Any text in the place of the ID token. */
export const withIdToken = (make: (token: string, idp: HostileIdp) => string): Fault =>
  changed((proper, idp) => ({ id_token: make(String(proper.id_token), idp) }));

/** A page in the place of an answer. */
export const page = (status: number): Step =>
  answer(status, '<!doctype html><title>Hello</title>', { 'content-type': 'text/html' });

/** One byte at a time, so that something always happens and nothing is ever done. */
export const drip: Step = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 20);
  response.once('close', () => clearInterval(timer));
};

/** As fast as it can, for ever. */
export const endless: Step = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = ' '.repeat(65_536);
  const pour = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', pour);
  pour();
};

/** A few kilobytes on the wire, thirty megabytes once read. */
export const gzipBomb: Step = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
  response.end(gzipSync(Buffer.alloc(30_000_000, ' ')));
};

/** The token without its signature, and saying so. */
export const unsigned = withIdToken((token) => `${encode({ alg: 'none' })}.${token.split('.')[1] ?? ''}.`);

/** The token with another's name in it, under the signature it had. */
export const altered = withIdToken((token) => {
  const [header = '', , signature = ''] = token.split('.');
  return `${header}.${encode({ ...decode(token, 1), sub: 'somebody-else' })}.${signature}`;
});
