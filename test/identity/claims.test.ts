import { describe, expect, test } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { identityOf, maskedName, type Identity } from '../../src/identity/claims.ts';
import { signingKey } from '../../src/identity/client-authentication.ts';

const TOKEN = { iss: 'https://login.example', aud: 'client', sub: 'customer-1', exp: 2, iat: 1 };

test('of an ID token are kept the subject and the plain claims', () => {
  const claims = {
    ...TOKEN,
    nonce: 'n',
    at_hash: 'h',
    azp: 'client',
    auth_time: 1,
    sid: 's',
    jti: 'j',
    name: 'Ada',
    level: 2,
    vip: true,
    address: { country: 'GB' },
    roles: ['a'],
    nothing: null,
    long: 'x'.repeat(1001),
    longest: 'x'.repeat(1000),
  } as unknown as Parameters<typeof identityOf>[0];
  expect(identityOf(claims, null)).toEqual({
    subject: 'customer-1',
    claims: { sub: 'customer-1', name: 'Ada', level: 2, vip: true, longest: 'x'.repeat(1000) },
    tokens: null,
  });
});

describe('who is signed in: enough to recognise oneself, too little for a passer-by', () => {
  test.each<[string, Identity['claims'], string | null]>([
    ['two names', { name: 'Ada Example' }, 'A… Example'],
    ['several names', { name: 'Ada Maria de la Example' }, 'A… Example'],
    ['one name', { name: 'Ada' }, 'A…'],
    ['spaces around', { name: '  Ada   Example ' }, 'A… Example'],
    ['a name before an address', { name: 'Ada Example', email: 'ada@example.com' }, 'A… Example'],
    ['a first letter of two marks', { name: 'E\u0301milie Durand' }, 'E\u0301… Durand'],
    ['a first letter outside the first plane', { name: '𝒜da Example' }, '𝒜… Example'],
    ['an address', { email: 'ada@example.com' }, 'a…@example.com'],
    ['an address with two signs', { email: '"a@b"@example.com' }, '"…@example.com'],
    ['an address without a name', { email: '@example.com' }, '@…'],
    ['no address', { email: 'ada' }, 'a…'],
    ['a user name', { preferred_username: 'ada1815' }, 'a…'],
    ['a user name that is an address', { preferred_username: 'ada@example.com' }, 'a…@example.com'],
    ['an empty name', { name: ' ', email: 'ada@example.com' }, 'a…@example.com'],
    ['an empty address', { email: '', preferred_username: 'ada' }, 'a…'],
    ['a name that is a number', { name: 7 }, null],
    ['nothing that names anybody', { customer_number: 'C-1' }, null],
  ])('%s', (_, claims, masked) => {
    expect(maskedName({ subject: 's', claims, tokens: null })).toBe(masked);
  });
});

describe('a private key of the client', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });

  test.each([
    ['no key', 'hello'],
    ['a broken PEM', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
    ['a public key', generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' })],
    ['a broken JWK', '{"kty":'],
    ['a JWK without its private part', JSON.stringify({ ...privateKey.export({ format: 'jwk' }), d: undefined })],
    ['a JWK of no kind', '{}'],
    ['a JWK whose name is a number', JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: 7 })],
    ['a key for agreement only', generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' })],
  ])('cannot be %s', (_, text) => {
    expect(() => signingKey(text)).toThrow(expect.objectContaining({ code: 'private_key_unusable' }));
  });

  test('may lie on another curve', () => {
    const key = signingKey(privateKey.export({ type: 'pkcs8', format: 'pem' })) as CryptoKey;
    expect(key.algorithm).toMatchObject({ name: 'ECDSA', namedCurve: 'P-384' });
  });
});
