import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { createLookupKey, createSealer } from '../../src/store/sealing.ts';

const first = { kid: 'k1', key: randomBytes(32) };
const second = { kid: 'k2', key: randomBytes(32) };
const PLACE = 'grants.binding:grt_1';

const sealer = createSealer([first]);
const failing = (action: () => unknown): string => {
  try {
    action();
    return 'opened';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test('whatever is sealed opens where it was sealed', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, place) => {
      const json = JSON.parse(JSON.stringify(value)) as unknown;
      expect(sealer.open(sealer.seal(json, place), place)).toEqual(json);
    }),
  );
});

test('an envelope shows nothing of what is in it, and never looks the same', () => {
  const envelopes = [sealer.seal({ token: 'canary' }, PLACE), sealer.seal({ token: 'canary' }, PLACE)];
  expect(envelopes[0]).not.toBe(envelopes[1]);
  expect(Buffer.from(envelopes[0]!, 'base64url').toString('latin1') + envelopes[0]!).not.toContain('canary');
});

describe('an envelope does not open', () => {
  const envelope = sealer.seal({ sub: 'customer-1' }, PLACE);
  const parts = envelope.split(':');
  const changed = (index: number, part: string) => parts.map((one, at) => (at === index ? part : one)).join(':');
  const flip = (part: string) => {
    const bytes = Buffer.from(part, 'base64url');
    bytes[0]! ^= 1;
    return bytes.toString('base64url');
  };

  test.each([
    ['in another row', envelope, 'grants.binding:grt_2', 'seal_broken'],
    ['in another column', envelope, 'grants.token:grt_1', 'seal_broken'],
    ['in another table', envelope, 'journeys.binding:grt_1', 'seal_broken'],
    ['with its contents changed', changed(3, flip(parts[3]!)), PLACE, 'seal_broken'],
    ['with its tag changed', changed(2, flip(parts[2]!)), PLACE, 'seal_broken'],
    ['with its tag shortened', changed(2, parts[2]!.slice(0, 6)), PLACE, 'seal_broken'],
    ['without its tag', changed(2, ''), PLACE, 'seal_broken'],
    ['with its nonce changed', changed(1, flip(parts[1]!)), PLACE, 'seal_broken'],
    ['without its nonce', changed(1, ''), PLACE, 'seal_broken'],
    ['without its contents', changed(3, ''), PLACE, 'seal_broken'],
    ['under the name of a key nobody has', changed(0, 'k9'), PLACE, 'seal_key_unknown'],
    ['when it is none', 'plain text', PLACE, 'seal_key_unknown'],
    ['when it is empty', '', PLACE, 'seal_key_unknown'],
  ])('%s', (_, given, place, code) => {
    expect(failing(() => sealer.open(given, place))).toBe(code);
  });

  test('with another key under the same name', () => {
    const other = createSealer([{ kid: 'k1', key: randomBytes(32) }]);
    expect(failing(() => other.open(envelope, PLACE))).toBe('seal_broken');
  });
});

describe('keys are changed', () => {
  test('the new one seals, the old one still opens', () => {
    const old = sealer.seal('sealed before', PLACE);
    const rotated = createSealer([second, first]);
    expect(rotated.open(old, PLACE)).toBe('sealed before');
    const fresh = rotated.seal('sealed after', PLACE);
    expect(fresh.startsWith('k2:')).toBe(true);
    expect(failing(() => sealer.open(fresh, PLACE))).toBe('seal_key_unknown');
  });

  test('and a key that is gone opens nothing', () => {
    const envelope = sealer.seal('sealed before', PLACE);
    expect(failing(() => createSealer([second]).open(envelope, PLACE))).toBe('seal_key_unknown');
  });

  test('without any key there is no sealing', () => {
    expect(failing(() => createSealer([]))).toBe('seal_key_unknown');
  });
});

describe('look-up keys', () => {
  const secret = randomBytes(32);
  const key = createLookupKey(secret);

  test('meet for equal parts', () => {
    expect(key('share', 'sub', 'supply')).toBe(createLookupKey(secret)('share', 'sub', 'supply'));
  });

  test.each([
    ['another part', ['share', 'sub', 'other']],
    ['another purpose', ['subject', 'sub', 'supply']],
    ['parts cut elsewhere', ['share', 'su', 'bsupply']],
    ['parts joined', ['share', 'subsupply']],
    ['a part that looks like two', ['share', 'sub","supply']],
    ['an empty part more', ['share', 'sub', 'supply', '']],
  ])('differ for %s', (_, parts) => {
    expect(key(...parts)).not.toBe(key('share', 'sub', 'supply'));
  });

  test('differ for another secret', () => {
    expect(createLookupKey(randomBytes(32))('subject', 'sub')).not.toBe(key('subject', 'sub'));
  });
});
