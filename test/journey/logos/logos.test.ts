import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { deflateSync } from 'node:zlib';
import { outbound, type OutboundRequest } from '../../../src/base/outbound.ts';
import type { Resolve } from '../../../src/base/public-address.ts';
import { createLogos, type Logos } from '../../../src/journey/logos/logos.ts';
import { initialOf } from '../../../src/journey/logos/pictures.ts';
import { movableClock, MINUTE } from '../../support/clock.ts';
import { redirect, reset, silence, startPeer, type HttpPeer, type Step } from '../../support/http-peer.ts';

/** Logos of companies that ask: pictures from strangers' addresses. */

const chunk = (name: string, data: Buffer): Buffer => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  // Nobody here checks the sum: only the header is read.
  return Buffer.concat([head, Buffer.from(name), data, Buffer.alloc(4)]);
};

function png(width: number, height: number, padding = 0): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(16))),
    Buffer.alloc(padding),
  ]);
}

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="10" height="10"/></svg>';

const bytes =
  (body: Buffer | string, contentType = 'application/octet-stream'): Step =>
  (_request, response) =>
    void response.writeHead(200, { 'content-type': contentType }).end(body);

const lines: Record<string, unknown>[] = [];
const said = (fields: object) => void lines.push({ ...fields });
const log = { debug: said, info: said, warn: said, error: said };

let peer: HttpPeer;
let open: Logos[] = [];
beforeAll(async () => {
  peer = await startPeer();
});
afterEach(async () => {
  for (const logos of open) await logos.close();
  open = [];
  lines.length = 0;
  peer.received.length = 0;
});
afterAll(() => peer.close());

function logosWith(more: { resolve?: Resolve; allowLocal?: boolean; sent?: OutboundRequest[] } = {}) {
  const clock = movableClock();
  const logos = createLogos({
    send: (request) => {
      more.sent?.push(request);
      return outbound(request);
    },
    resolve: more.resolve ?? (() => Promise.resolve([{ address: '127.0.0.1', family: 4 }])),
    allowLocal: more.allowLocal ?? true,
    clock: clock.now,
    log,
  });
  open.push(logos);
  return { logos, clock, url: `${peer.origin}/logo` };
}

describe('a picture', () => {
  test.each<[string, Buffer, string]>([
    ['PNG', png(64, 64), 'image/png'],
    ['SVG', Buffer.from(SVG), 'image/svg+xml'],
    ['GIF', Buffer.from('GIF89a\x40\x00\x40\x00\x00\x00\x00', 'latin1'), 'image/gif'],
  ])('%s is what its bytes are, whatever it is said to be', async (_, body, contentType) => {
    peer.script(bytes(body, 'text/html'));
    const { logos, url } = logosWith();
    expect(await logos.of(url)).toEqual({ contentType, bytes: body });
  });

  test('is fetched once, however many pages show it', async () => {
    peer.script(bytes(png(64, 64)));
    const { logos, url } = logosWith();
    logos.fetchAhead(url);
    await Promise.all([logos.of(url), logos.of(url)]);
    await logos.of(url);
    expect(peer.received).toHaveLength(1);
  });

  test('is fetched anew after a day', async () => {
    peer.script(bytes(png(64, 64)));
    const { logos, clock, url } = logosWith();
    await logos.of(url);
    clock.advance(24 * 60 * MINUTE);
    await logos.of(url);
    expect(peer.received).toHaveLength(2);
  });

  test('may be where another address leads', async () => {
    peer.script(redirect(302, '/there'), bytes(png(64, 64)));
    const { logos, url } = logosWith();
    expect(await logos.of(url)).toMatchObject({ contentType: 'image/png' });
  });

  test('is asked for without credentials of any kind', async () => {
    peer.script(bytes(png(64, 64)));
    const { logos, url } = logosWith();
    await logos.of(url);
    expect(Object.keys(peer.received[0]?.headers ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/authorization|cookie|referer|x-api-key/)]),
    );
  });
});

describe('none is shown', () => {
  test.each<[string, Step, object]>([
    ['that is a page', bytes('<!doctype html><h1>hello</h1>', 'image/png'), { cause: 'type' }],
    ['that is nothing', bytes(''), { cause: 'type' }],
    ['that is cut off', bytes(png(64, 64).subarray(0, 12)), { cause: 'type' }],
    ['of more pixels than a screen has', bytes(png(60_000, 64)), { cause: 'pixels' }],
    ['of more bytes than a page may weigh', bytes(png(64, 64, 30_000)), { code: 'outbound_too_large' }],
    ['that defines entities', bytes(`<!DOCTYPE svg [<!ENTITY a "aaaa">]>${SVG}`), { code: 'logo_refused' }],
    ['that is not there', (_request, response) => void response.writeHead(404).end(), { cause: 'status' }],
    ['that leads round in circles', redirect(302, '/logo'), { cause: 'redirects' }],
    ['that leads to a private address', redirect(302, 'https://10.0.0.1/logo'), { cause: 'address' }],
    ['that leads to plain http elsewhere', redirect(302, 'http://logo.example/'), { cause: 'address' }],
    ['that leads out of the web', redirect(302, 'file:///etc/passwd'), { cause: 'address' }],
    ['whose connection breaks', reset, { code: 'outbound_network' }],
  ])('%s', async (_, step, expected) => {
    peer.script(step);
    const { logos, url } = logosWith();
    expect(await logos.of(url)).toBeNull();
    expect(lines).toEqual([expect.objectContaining({ event: 'logo_not_shown', ...expected })]);
  });

  test.each([
    ['http://logo.example/a.png', 'over plain http'],
    ['https://127.0.0.1/a.png', 'at an address instead of a name'],
    ['https://[::1]/a.png', 'at an address instead of a name'],
    ['https://2130706433/a.png', 'at an address in disguise'],
    ['https://logo.example:8443/a.png', 'at another port'],
    ['javascript:alert(1)', 'that is no address'],
  ])('%s: %s', async (address) => {
    const sent: OutboundRequest[] = [];
    const { logos } = logosWith({ allowLocal: false, sent });
    expect(await logos.of(address)).toBeNull();
    expect(sent).toEqual([]);
  });

  test('whose name leads to this machine, or to a private one', async () => {
    const { logos } = logosWith({ allowLocal: false });
    expect(await logos.of('https://logo.example/a.png')).toBeNull();
    expect(lines).toEqual([expect.objectContaining({ code: 'outbound_network' })]);
    expect(peer.received).toEqual([]);
  });

  test('on this machine, outside of the sandbox', async () => {
    const { logos, url } = logosWith({ allowLocal: false });
    expect(await logos.of(url)).toBeNull();
    expect(peer.received).toEqual([]);
  });

  test('for a while after it failed, and is then asked for again', async () => {
    peer.script(reset, bytes(png(64, 64)));
    const { logos, clock, url } = logosWith();
    await logos.of(url);
    expect(await logos.of(url)).toBeNull();
    clock.advance(11 * MINUTE);
    expect(await logos.of(url)).not.toBeNull();
  });

  test('that does not come in time', async () => {
    peer.script(silence);
    const { logos, url } = logosWith();
    expect(await logos.of(url)).toBeNull();
    expect(lines).toEqual([expect.objectContaining({ code: 'outbound_timeout' })]);
  });
});

describe('in its place stands', () => {
  test.each([
    ['Nordlicht Charge', '>N<'],
    ['éclair', '>É<'],
    ['<script>', '>S<'],
    ['&&&', '><'],
    [null, '><'],
  ])('for %s', (name, expected) => {
    expect(initialOf(name).bytes.toString()).toContain(`${expected}/text>`);
  });
});
