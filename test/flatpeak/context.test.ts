import { describe, expect, test } from '@jest/globals';
import { contextSchemas } from '../../src/flatpeak/context.ts';
import { CONTEXT } from './support.ts';

const session = (answer: unknown) => contextSchemas.session.safeParse(answer);
const accountOf = (account: Record<string, unknown>) => session({ ...CONTEXT, account }).data?.account;

const NOTHING = { id: null, name: null, logoUrl: null, termsUrl: null, privacyUrl: null, supportUrl: null };

describe('the session profile', () => {
  test('reads the documented answer', () => {
    expect(session(CONTEXT).data).toEqual({
      account: {
        id: 'acc_68541c4c407600f62fd98a97',
        name: 'Heat Maker',
        logoUrl: 'https://heat.example/logo.svg',
        termsUrl: 'https://heat.example/terms',
        privacyUrl: 'https://heat.example/privacy',
        supportUrl: 'https://heat.example/support',
      },
      returnUri: CONTEXT.connect_web_uri,
    });
  });

  test('never goes back to redirect_uri, which is for audit only', () => {
    expect(session({ account: {}, redirect_uri: 'https://connect.provider.example' }).success).toBe(false);
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'ok'],
    ['a list', [CONTEXT]],
    ['an empty object', {}],
    ['no account', { connect_web_uri: CONTEXT.connect_web_uri }],
    ['an account that is null', { ...CONTEXT, account: null }],
    ['an account that is a text', { ...CONTEXT, account: 'Heat Maker' }],
    ['an account that is a list', { ...CONTEXT, account: [] }],
    ['no connect_web_uri', { account: CONTEXT.account }],
    ['a connect_web_uri that is null', { ...CONTEXT, connect_web_uri: null }],
    ['an empty connect_web_uri', { ...CONTEXT, connect_web_uri: '' }],
    ['a connect_web_uri that is a number', { ...CONTEXT, connect_web_uri: 1 }],
    ['an endless connect_web_uri', { ...CONTEXT, connect_web_uri: `https://a.example/${'x'.repeat(4000)}` }],
  ])('refuses %s', (_, answer) => {
    expect(session(answer).success).toBe(false);
  });
});

describe('the account-info profile', () => {
  const read = (answer: unknown) => contextSchemas['account-info'].safeParse(answer);

  test.each([
    ['with redirect_uri', { redirect_uri: 'https://app.example/back' }, 'https://app.example/back'],
    ['without it: then it comes in the request', {}, null],
    ['with null for it', { redirect_uri: null }, null],
    ['with credentials, which are not used', { credentials: { anything: ['at', 'all'] } }, null],
  ])('reads an answer %s', (_, more, returnUri) => {
    expect(read({ account: { display_name: 'Heat Maker' }, ...more }).data).toEqual({
      account: { ...NOTHING, name: 'Heat Maker' },
      returnUri,
    });
  });

  test('does not know connect_web_uri', () => {
    expect(read(CONTEXT).data?.returnUri).toBe(CONTEXT.redirect_uri);
  });

  test.each([
    ['no account', { redirect_uri: 'https://app.example/back' }],
    ['an empty redirect_uri', { account: {}, redirect_uri: '' }],
  ])('refuses %s', (_, answer) => {
    expect(read(answer).success).toBe(false);
  });
});

describe('an account may lack anything, and spell it otherwise', () => {
  const URL = 'https://heat.example/x';

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['nothing at all', {}, {}],
    ['null for everything', { id: null, display_name: null, logo_url: null, terms_url: null }, {}],
    ['other kinds of values', { id: 7, display_name: {}, logo_url: [], terms_url: true, support_url: 1 }, {}],
    ['unknown fields', { plan: 'gold', links: { logo: URL } }, {}],
    ['name', { name: 'Heat' }, { name: 'Heat' }],
    ['display_name before name', { name: 'Legal Ltd', display_name: 'Heat' }, { name: 'Heat' }],
    ['an empty display_name', { name: 'Heat', display_name: ' ' }, { name: 'Heat' }],
    ['terms_of_service_url', { terms_of_service_url: URL }, { termsUrl: URL }],
    ['terms_url before it', { terms_url: URL, terms_of_service_url: 'https://other.example' }, { termsUrl: URL }],
    ['privacy_policy_url', { privacy_policy_url: URL }, { privacyUrl: URL }],
    ['policy_url', { policy_url: URL }, { privacyUrl: URL }],
    ['one bad spelling beside a good one', { privacy_url: 'javascript:1', policy_url: URL }, { privacyUrl: URL }],
    ['support_url', { support_url: URL }, { supportUrl: URL }],
    [
      'a link to this machine, in the sandbox',
      { logo_url: 'http://localhost:4000/l' },
      { logoUrl: 'http://localhost:4000/l' },
    ],
  ])('%s', (_, account, expected) => {
    expect(accountOf(account)).toEqual({ ...NOTHING, ...expected });
  });
});

describe('a link that a page must not offer counts as missing', () => {
  test.each([
    'javascript:alert(1)',
    'JAVASCRIPT:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'ftp://heat.example',
    'http://heat.example/terms',
    'http://localhost.evil.example',
    'https://user:password@heat.example',
    '//heat.example/terms',
    '/terms',
    'heat.example',
    'https://',
    ' ',
    `https://heat.example/${'x'.repeat(2000)}`,
  ])('%j', (link) => {
    expect(accountOf({ terms_url: link, logo_url: link, privacy_url: link, support_url: link })).toEqual(NOTHING);
  });

  test('and one that is offered is written safely', () => {
    expect(accountOf({ terms_url: 'https://heat.example/"><script>' })?.termsUrl).toBe(
      'https://heat.example/%22%3E%3Cscript%3E',
    );
  });
});

describe('a name cannot disguise itself', () => {
  test.each([
    ['a direction-changing character', 'Exam\u202eple', 'Example'],
    ['zero-width characters', 'Ex\u200bam\u2060ple\ufeff', 'Example'],
    ['control characters', 'Ex\u0000am\r\nple\u001b[31m', 'Example[31m'],
    ['private-use characters', 'Ex\ue000ample', 'Example'],
    ['a lone surrogate', 'Ex\ud83dample', 'Example'],
    ['a soft hyphen', 'Ex\u00adample', 'Example'],
    ['spaces around it', '  Example  ', 'Example'],
    ['letters and blanks nobody can see', 'Ex\u3164am\u115fp\u2800le\ufe0f\u034f', 'Example'],
    ['nothing visible', '\u200b\u202e\u3164\u2800', null],
    ['a pile of marks', `E${'\u0301'.repeat(50)}xample`, `E${'\u0301'.repeat(4)}xample`],
    ['the marks a script needs', 'น้ำ ที่ ệ שָּׁלוֹם', 'น้ำ ที่ ệ שָּׁלוֹם'],
    ['markup, which stays text', '<b>Example</b>', '<b>Example</b>'],
    ['letters of any script', 'Пример 例 مثال', 'Пример 例 مثال'],
    ['more than 80 characters', 'x'.repeat(100), 'x'.repeat(80)],
    ['a character cut in two at the 80th', `${'x'.repeat(79)}😀`, 'x'.repeat(79)],
  ])('%s', (_, given, name) => {
    expect(accountOf({ display_name: given })?.name).toBe(name);
  });
});
