import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { elsewhere, MISDEEDS, type Misdeed } from '../../flatpeak/hostile.ts';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer } from '../../support/customer.ts';
import { startPeer, type HttpPeer } from '../../support/http-peer.ts';
import { aFewAtATime, startHostileFlatpeak, WAY_BACK, type HostileFlatpeak } from './hostile-flatpeak.ts';
import { UNLIMITED } from './stages.ts';

/** A customer follows a link while Flatpeak misbehaves: an honest page, and nothing given away. */

const DOCUMENTED = readFileSync(path.resolve(import.meta.dirname, '../../../docs/errors.md'), 'utf8');
const statusOf = (reason: string): number =>
  Number(new RegExp(`^### \`${reason}\` · (\\d{3}) · `, 'm').exec(DOCUMENTED)?.[1]);
const SECRET = 'sk_very_secret_1';
const BASIC = Buffer.from(`acc_1:${SECRET}`).toString('base64');

/** One of each kind: a login is everybody's, so that only one can go wrong at a time. */
const AT_LOGIN = MISDEEDS.filter(({ name }) =>
  /^(answers (302 to|403|404$|429$|half|a bomb)|resets the|says two|hangs|drips its answer)/.test(name),
);

interface Visit {
  first: Pick<Customer['page'], 'status' | 'step' | 'reason' | 'html' | 'headers'>;
  text: string;
  reference: string;
  token: string;
  afterwards: string | null;
}

describe.each([
  ['session', { FLATPEAK_PROFILE: 'session', FLATPEAK_AUTH: 'basic' }],
  ['account-info', { FLATPEAK_PROFILE: 'account-info', FLATPEAK_AUTH: 'bearer', RETURN_URLS: WAY_BACK }],
] as const)('a link is followed (%s)', (_profile, env) => {
  let flatpeak: HostileFlatpeak;
  let other: HttpPeer;
  let adapter: AdapterWorld;
  let visits: Map<Misdeed, Visit>;
  let withoutLogin: Map<Misdeed, Visit>;

  /** Somebody comes while it misbehaves, and follows the same link once more when it behaves. */
  const visit = async ({ step }: Misdeed, struck?: 'login'): Promise<Visit> => {
    const { token, url } = adapter.link();
    const customer = new Customer();
    flatpeak.behave(struck ?? token, step);
    await customer.open(url);
    const { page } = customer;
    flatpeak.behave(struck ?? token, null);
    await customer.open(url);
    const reference = page.document.querySelector('.code')?.textContent ?? '';
    const text = page.document.querySelector('main')?.textContent ?? '';
    return { first: page, text, reference, token, afterwards: customer.page.step };
  };

  beforeAll(async () => {
    [flatpeak, other] = await Promise.all([startHostileFlatpeak(), startPeer()]);
    elsewhere.origin = other.origin;
    adapter = await startAdapterWorld({
      env: {
        ...UNLIMITED,
        ...flatpeak.env,
        ...env,
        FLATPEAK_ACCOUNT_ID: 'acc_1',
        FLATPEAK_API_KEY: SECRET,
        FLATPEAK_TIMEOUT_MS: '1500',
      },
    });
    visits = await aFewAtATime(MISDEEDS, 8, (misdeed) => visit(misdeed));
    const logins = env.FLATPEAK_AUTH === 'bearer' ? AT_LOGIN : [];
    withoutLogin = await aFewAtATime(logins, 1, (misdeed) => visit(misdeed, 'login'));
  }, 60_000);
  afterAll(async () => {
    await Promise.all([flatpeak.close(), other.close()]);
    await adapter.close();
  });

  const expectHonestPage = (seen: Visit | undefined, reason: string): void => {
    expect(seen?.first).toMatchObject({ status: statusOf(reason), step: 'error', reason });
    expect(seen?.text).toMatch(/nothing (?:was|has been) shared/i);
    expect(seen?.first.headers.get('retry-after')).toBe(statusOf(reason) === 503 ? '30' : null);
    const line = adapter.events('request_failed').find(({ reference }) => reference === seen?.reference);
    expect(line).toMatchObject({ code: reason });
    const { token = '?', first } = seen ?? {};
    for (const secret of [token, SECRET, BASIC]) {
      expect(first?.html).not.toContain(secret);
      expect(JSON.stringify([...(first?.headers ?? [])])).not.toContain(secret);
    }
    expect(seen?.afterwards).toBe('login');
  };

  describe('and Flatpeak, asked who is asking,', () => {
    test.each(MISDEEDS)('$name: $context, and once it behaves the link works', (misdeed) => {
      expectHonestPage(visits.get(misdeed), misdeed.context);
    });
  });

  if (env.FLATPEAK_AUTH === 'bearer') {
    describe('and Flatpeak, asked for a bearer token,', () => {
      test.each(AT_LOGIN)('$name: the same', (misdeed) => {
        const refused = misdeed.context === 'flatpeak_refused_us';
        expectHonestPage(withoutLogin.get(misdeed), refused ? 'flatpeak_refused_us' : 'flatpeak_unavailable');
      });
    });
  }

  test('nobody else was asked, nothing was told, and the log knows no secret', async () => {
    expect(other.received).toEqual([]);
    expect(flatpeak.received.filter(({ method }) => method !== 'GET')).toEqual([]);
    const decisions = await adapter.services.database.selectFrom('decisions').select('id').execute();
    expect(decisions).toEqual([]);
    const tokens = [...visits.values(), ...withoutLogin.values()].map(({ token }) => token);
    expect([...tokens, SECRET, BASIC].filter((secret) => adapter.logged().includes(secret))).toEqual([]);
  });
});
