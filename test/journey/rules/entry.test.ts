import { describe, expect, test } from '@jest/globals';
import { readEntry, type EntryRules } from '../../../src/journey/rules/entry.ts';

const TOKEN = 'cot_68541c4c407600f62fd98a97';
const OTHER = 'cot_0000000000000000000000ff';

const ALL: EntryRules = { extras: 'all', reserved: ['connect_token', 'fp_cot'] };
const read = (query: string, rules = ALL) => readEntry(new URLSearchParams(query), rules);
const extrasOf = (query: string, rules = ALL) => {
  const entry = read(`connect_token=${TOKEN}&${query}`, rules);
  return entry.ok ? entry.extras : entry.problem;
};

describe('one token enters', () => {
  test.each([
    ['under its documented name', `connect_token=${TOKEN}`],
    ['under its alias', `fp_cot=${TOKEN}`],
    ['under both names with one value', `connect_token=${TOKEN}&fp_cot=${TOKEN}`],
    ['percent-encoded', `connect_token=${TOKEN.replace('_', '%5F')}`],
  ])('%s', (_, query) => {
    expect(read(query)).toEqual({ ok: true, connectToken: TOKEN, redirectUri: null, extras: [] });
  });

  test.each([
    ['the shortest', 'a'.repeat(8)],
    ['the longest', 'a'.repeat(128)],
    ['every character that may occur', 'AZaz09_-'],
  ])('%s', (_, token) => {
    expect(read(`connect_token=${token}`)).toMatchObject({ ok: true, connectToken: token });
  });
});

describe('anything but one token is refused', () => {
  test.each([
    ['none', '', 'token_missing'],
    ['other parameters only', 'state=abc', 'token_missing'],
    ['another spelling of the name', `Connect_Token=${TOKEN}`, 'token_missing'],
    ['an empty one', 'connect_token=', 'token_invalid'],
    ['one too short', `connect_token=${'a'.repeat(7)}`, 'token_invalid'],
    ['one too long', `connect_token=${'a'.repeat(129)}`, 'token_invalid'],
    ['a space in it', `connect_token=${TOKEN}%20`, 'token_invalid'],
    ['a line break after it', `connect_token=${TOKEN}%0A`, 'token_invalid'],
    ['a path in it', 'connect_token=..%2F..%2Faccount', 'token_invalid'],
    ['markup in it', 'connect_token=%3Cscript%3Ealert(1)%3C/script%3E', 'token_invalid'],
    ['letters outside ASCII', 'connect_token=c%C3%B6t_12345678', 'token_invalid'],
    ['a zero byte', `connect_token=${TOKEN}%00`, 'token_invalid'],
    ['two different ones under one name', `connect_token=${TOKEN}&connect_token=${OTHER}`, 'token_ambiguous'],
    ['two different ones under both names', `connect_token=${TOKEN}&fp_cot=${OTHER}`, 'token_ambiguous'],
    ['one name twice with one value', `connect_token=${TOKEN}&connect_token=${TOKEN}`, 'token_ambiguous'],
    ['the alias twice with one value', `fp_cot=${TOKEN}&fp_cot=${TOKEN}`, 'token_ambiguous'],
    ['an empty one beside a good one', `connect_token=&fp_cot=${TOKEN}`, 'token_ambiguous'],
  ])('%s', (_, query, problem) => {
    expect(read(query)).toEqual({ ok: false, problem });
  });
});

describe('a return address in the request', () => {
  test.each([
    ['one is read as given', 'redirect_uri=https%3A%2F%2Fapp.example%2Fback%3Fa%3D1', 'https://app.example/back?a=1'],
    ['none is none', '', null],
    ['two are none', 'redirect_uri=https%3A%2F%2Fapp.example&redirect_uri=https%3A%2F%2Fevil.example', null],
  ])('%s', (_, query, redirectUri) => {
    expect(read(`connect_token=${TOKEN}&${query}`)).toMatchObject({ ok: true, redirectUri });
  });
});

describe('other parameters come back to the app', () => {
  test.each([
    [
      'in their order',
      'b=2&a=1',
      [
        ['b', '2'],
        ['a', '1'],
      ],
    ],
    [
      'repeated ones too',
      'a=1&a=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['empty values too', 'flag=', [['flag', '']]],
    ['decoded', 'greeting=gr%C3%BC%C3%9F+dich', [['greeting', 'grüß dich']]],
    ['the token under neither of its names', `fp_cot=${TOKEN}&a=1`, [['a', '1']]],
    ['a nameless one not', '=x', []],
  ])('%s', (_, query, extras) => {
    expect(extrasOf(query)).toEqual(extras);
  });

  test.each([
    [
      'all: any',
      'all',
      [
        ['color', 'red'],
        ['size', 'xl'],
      ],
    ],
    ['none: none', 'none', []],
    ['names: those only', ['size'], [['size', 'xl']]],
  ] as const)('%s', (_, extras, expected) => {
    expect(extrasOf('color=red&size=xl', { ...ALL, extras })).toEqual(expected);
  });

  test('a name the adapter writes itself does not', () => {
    const rules: EntryRules = { extras: 'all', reserved: ['flatpeak_token', 'failure'] };
    expect(extrasOf('failure=no&flatpeak_token=x&a=1', rules)).toEqual([['a', '1']]);
  });

  test.each(['%s[]', '%s[0]', '%s[x][y]', '%s[', '%s%00', '%s%00x', '%20%s', '%s%20', '%09%s', 'UPPER'])(
    'nor one that some server would take for such a name: %s',
    (written) => {
      const spelt = (name: string) => (written === 'UPPER' ? name.toUpperCase() : written.replace('%s', name));
      const query = ['connect_token', 'fp_cot', 'failure', 'redirect_uri', 'code'].map((name) => `${spelt(name)}=evil`);
      const rules: EntryRules = { extras: 'all', reserved: ['failure'] };
      expect(extrasOf([...query, 'a=1'].join('&'), rules)).toEqual([['a', '1']]);
    },
  );

  test.each(['redirect.uri', 'redirect uri', 'Redirect.Uri[]'])('nor, with an underscore read into it: %s', (name) => {
    expect(extrasOf(`${encodeURIComponent(name)}=evil`)).toEqual([]);
  });

  test.each(['codes', 'my_code', 'code-1', 'encode', 'a.b', 'x[code]'])(
    'but one that only resembles it: %s',
    (name) => {
      expect(extrasOf(`${name}=1`)).toEqual([[name, '1']]);
    },
  );
});

describe('a name that means something to OAuth never comes back, not even when listed', () => {
  test.each([
    'access_token',
    'acr_values',
    'actor_token',
    'assertion',
    'audience',
    'authorization_details',
    'claims',
    'claims_locales',
    'client_assertion',
    'client_assertion_type',
    'client_id',
    'client_secret',
    'code',
    'code_challenge',
    'code_challenge_method',
    'code_verifier',
    'device_code',
    'display',
    'dpop_jkt',
    'error',
    'error_description',
    'error_uri',
    'expires_in',
    'grant_type',
    'id_token',
    'id_token_hint',
    'iss',
    'login_hint',
    'logout_hint',
    'logout_token',
    'max_age',
    'nonce',
    'password',
    'post_logout_redirect_uri',
    'prompt',
    'redirect_uri',
    'refresh_token',
    'registration',
    'request',
    'request_uri',
    'resource',
    'response',
    'response_mode',
    'response_type',
    'scope',
    'session_state',
    'sid',
    'state',
    'sub',
    'subject_token',
    'token_type',
    'ui_locales',
    'username',
    'user_code',
    'Code',
    'STATE',
  ])('%s', (name) => {
    expect(extrasOf(`${name}=x`, { extras: ['code', 'state', name], reserved: [] })).toEqual([]);
  });
});

describe('what comes back is bounded', () => {
  const pairs = (count: number, value = 'v') => Array.from({ length: count }, (_, n) => `p${n}=${value}`).join('&');

  test.each([
    ['sixteen pairs', pairs(17), 16],
    ['a name of 64 characters', `${'n'.repeat(64)}=1`, 1],
    ['a longer name not', `${'n'.repeat(65)}=1`, 0],
    ['a value of 512 characters', `a=${'v'.repeat(512)}`, 1],
    ['a longer value not', `a=${'v'.repeat(513)}`, 0],
    ['2048 characters in all', pairs(5, 'v'.repeat(500)), 4],
    ['one too long does not cost the others their place', `a=${'v'.repeat(513)}&b=1`, 1],
  ])('%s', (_, query, count) => {
    expect(extrasOf(query)).toHaveLength(count);
  });
});
