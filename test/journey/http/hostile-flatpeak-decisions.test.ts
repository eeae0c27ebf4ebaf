import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { elsewhere, MISDEEDS, type Misdeed } from '../../flatpeak/hostile.ts';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { SECOND } from '../../support/clock.ts';
import { arriveAtConsent, posting, type Customer, type Shown } from '../../support/customer.ts';
import { startPeer, type HttpPeer, type Received } from '../../support/http-peer.ts';
import { until } from '../../support/until.ts';
import { aFewAtATime, startHostileFlatpeak, WAY_BACK, type HostileFlatpeak } from './hostile-flatpeak.ts';
import { idIn, UNLIMITED } from './stages.ts';

/** A customer allows while Flatpeak misbehaves: what they are told, what is sent, and what becomes of it. */

/** One of each kind; how each single answer is read is in test/flatpeak/hostile.test.ts. */
const KINDS =
  /^(answers (302 to|401|418|410|409|404 without|204|without end|what is not|429, come again in ages|503$|504)|resets the|resets within|hangs|drips its)/;
const SOME = MISDEEDS.filter(({ name }) => KINDS.test(name));

interface Allowed {
  token: string;
  customer: Customer;
  /** What the customer saw at last, and where they went. */
  page: Shown;
  state: string | undefined;
  told: Received[];
  afterwards: string | undefined;
}

let shift = 0;
let flatpeak: HostileFlatpeak;
let other: HttpPeer;
let adapter: AdapterWorld;
let outcomes: Map<Misdeed, Allowed>;

/** Undefined until an attempt has ended. */
const stateOf = async (customer: Customer): Promise<string | undefined> => {
  const row = await adapter.services.database
    .selectFrom('outbox')
    .innerJoin('decisions', 'decisions.id', 'outbox.decision_id')
    .where('decisions.journey_id', '=', idIn(customer.page.url))
    .select(['outbox.state', 'outbox.last_code'])
    .executeTakeFirst();
  return row?.last_code === null ? undefined : row?.state;
};
const statesOf = (all: Map<Misdeed, { customer: Customer }>): Promise<(string | undefined)[]> =>
  Promise.all([...all.values()].map(({ customer }) => stateOf(customer)));
beforeAll(async () => {
  [flatpeak, other] = await Promise.all([startHostileFlatpeak(), startPeer()]);
  elsewhere.origin = other.origin;
  adapter = await startAdapterWorld({
    clock: () => Date.now() + shift,
    env: { ...UNLIMITED, ...flatpeak.env, FLATPEAK_TIMEOUT_MS: '1500' },
  });

  const arrived = await aFewAtATime(SOME, 4, async ({ step }) => {
    const { token, url } = adapter.link();
    const customer = await arriveAtConsent({ url });
    flatpeak.behave(token, step);
    const { action, body } = customer.formOf('allow');
    await customer.fetch(action, posting(body));
    return { token, customer };
  });
  await until(async () => !(await statesOf(arrived)).includes(undefined));
  // As long as a customer is kept waiting.
  shift += 15 * SECOND;
  outcomes = await aFewAtATime(SOME, 4, async (misdeed) => {
    const { token, customer } = arrived.get(misdeed)!;
    const state = await stateOf(customer);
    const page = await customer.open(customer.page.url);
    return { token, customer, page, state, told: [], afterwards: undefined };
  });
  for (const { token } of outcomes.values()) flatpeak.behave(token, null);
  shift += 60 * SECOND;
  await until(async () => !(await statesOf(outcomes)).includes('waiting'));
  for (const outcome of outcomes.values()) {
    outcome.afterwards = await stateOf(outcome.customer);
    outcome.told = flatpeak.told(outcome.token);
  }
}, 60_000);
afterAll(async () => {
  await Promise.all([flatpeak.close(), other.close()]);
  await adapter.close();
});

/** What each end means for the customer: the page, and whether Flatpeak hears it later. */
const ENDS = {
  delivered: { page: { step: 'done', reason: null }, words: 'can now see', goesBack: true, afterwards: 'delivered' },
  refused: {
    page: { step: 'error', reason: 'not_delivered' },
    words: 'did not come about',
    goesBack: false,
    afterwards: 'refused',
  },
  waiting: {
    page: { step: 'done', reason: null },
    words: 'may take some minutes',
    goesBack: true,
    afterwards: 'delivered',
  },
  parked: {
    page: { step: 'done', reason: null },
    words: 'may take some minutes',
    goesBack: true,
    afterwards: 'parked',
  },
};
const endOf = ({ submission }: Misdeed): keyof typeof ENDS => {
  if (submission === 'accepted') return 'delivered';
  if (submission === 'parked') return 'parked';
  return submission === 'again' || submission === 'unanswered' ? 'waiting' : 'refused';
};

describe('told of a consent, Flatpeak', () => {
  test.each(SOME.map((misdeed) => ({ name: misdeed.name, end: endOf(misdeed), misdeed })))(
    '$name: $end',
    ({ end, misdeed }) => {
      const { page, words, goesBack, afterwards } = ENDS[end];
      const seen = outcomes.get(misdeed)!;
      expect(seen.state).toBe(end);
      expect(seen.page).toMatchObject(page);
      expect(seen.page.document.querySelector('main')?.textContent).toContain(words);
      const back = `${WAY_BACK}?connect_token=${seen.token}&fp_cot=${seen.token}`;
      expect(seen.customer.leftFor).toBe(goesBack ? back : null);
      expect(seen.afterwards).toBe(afterwards);
      // However often it was sent: one key, one body, byte for byte.
      expect(new Set(seen.told.map(({ headers, body }) => `${String(headers['idempotency-key'])} ${body}`)).size).toBe(
        1,
      );
    },
  );

  test('and what it took down in the end, it took down once', () => {
    const accepted = SOME.filter((misdeed) => endOf(misdeed) === 'waiting').map((misdeed) => outcomes.get(misdeed)!);
    const taken = accepted.map(({ told }) => flatpeak.ledger.get(String(told[0]?.headers['idempotency-key'])));
    expect(taken).toEqual(accepted.map(({ told }) => [told[0]?.body]));
  });

  test('nothing was carried to another origin, and no token into the log', () => {
    expect(other.received).toEqual([]);
    const tokens = [...outcomes.values()].flatMap(({ token, told }) => [
      token,
      (JSON.parse(told[0]?.body ?? '{}') as { auth_data: { access_token: string } }).auth_data.access_token,
    ]);
    expect(tokens.filter((token) => adapter.logged().includes(token))).toEqual([]);
  });
});
