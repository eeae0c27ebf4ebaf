import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { outbound, type Outbound } from '../../src/base/outbound.ts';
import { startAdapterWorld, type AdapterWorld } from '../support/adapter-world.ts';
import { arriveAtConsent, Customer, posting } from '../support/customer.ts';
import { startPostgresWire, type PostgresWire } from '../support/postgres-wire.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { againFrom, submissionsFor } from './support.ts';

/**
 * The connection to PostgreSQL is cut at every statement of a journey in turn: before it arrives, or while it is being
 * answered, when nobody can know whether it was carried out. The customer is asked to try again, and each time ends where
 * they should, with one decision, sent once.
 */

// As many journeys as there are statements.
jest.setTimeout(120_000);

let server: PostgresServer;
let wire: PostgresWire;
let adapter: AdapterWorld;
let answered = Promise.withResolvers<undefined>();

/** Flatpeak is told once the customer's press is answered: the courier's own statements are not among those that are cut. */
const heldBack: Outbound = async (request) => {
  const isSubmission = request.method === 'POST' && String(request.url).includes('/connect/session/');
  if (isSubmission) await answered.promise;
  return outbound(request);
};

beforeAll(async () => {
  server = await startPostgres();
  wire = await startPostgresWire(await server.createDatabase());
  // More customers in a minute than one address has.
  const limits = { LIMIT_ENTRIES_PER_MINUTE: '9999', LIMIT_REQUESTS_PER_MINUTE: '9999' };
  adapter = await startAdapterWorld({ instances: 1, env: { DATABASE_URL: wire.url, ...limits }, outbound: heldBack });
});
afterAll(async () => {
  await adapter.close();
  await wire.close();
  await server.stop();
});

type Answer = 'allow' | 'deny';

const decisions = () => adapter.services.database.selectFrom('decisions').select('id').execute();

/** The courier looks into the outbox every half second, whatever a customer does. */
const ofTheVisit = (statement: string): boolean => !statement.includes('update "outbox"');
/** For one that only reads, it is all the same when its connection is cut. */
const MEANT = {
  before: (statement: string) => ofTheVisit(statement) && /\b(insert|update|delete|begin|commit)\b/.test(statement),
  after: ofTheVisit,
};

/** Goes on from whatever page there is until the decision is acknowledged, as somebody would who wants to get there. */
async function persist(customer: Customer, answer: Answer): Promise<string[]> {
  const seen: string[] = [];
  for (let step = 0; step < 12; step += 1) {
    const { page } = customer;
    seen.push(`${page.status} ${page.step ?? ''} ${page.reason ?? ''}`.trim());
    if (page.reason === 'try_later') await customer.open(againFrom(page));
    else if (page.step === 'login') await customer.press('continue');
    else if (page.step === 'sign-in') await customer.signIn('alice');
    else if (page.step === 'consent') await decide(customer, answer);
    if (/finishing|done/.test(customer.page.step ?? '')) return seen;
  }
  throw new Error(`went round in circles: ${seen.join(', ')}`);
}

/** From the acknowledgement on nothing is cut any more: what follows is the courier's affair. */
async function decide(customer: Customer, answer: Answer): Promise<void> {
  const { action, body } = customer.formOf(answer);
  customer.page = await customer.fetch(action, posting(body));
  answered.resolve(undefined);
  if (customer.page.status !== 303) return;
  wire.mend();
  await customer.open(new URL(customer.page.headers.get('location') ?? '', action).href);
}

/** Walks `begin` to the end with one cut; false when it was over before it came to the n-th statement. */
async function survives(nth: number, when: 'before' | 'after', answer: Answer, fromConsent: boolean): Promise<boolean> {
  const link = adapter.link();
  const customer = fromConsent ? await arriveAtConsent(link) : new Customer();
  const before = await decisions();
  answered = Promise.withResolvers();
  wire.cut(nth, when, MEANT[when]);
  if (!fromConsent) await customer.open(link.url);
  const seen = await persist(customer, answer);
  await adapter.world.flatpeak.settled();
  const sent = submissionsFor(adapter, link.token).length;
  const made = (await decisions()).length - before.length;
  expect({ nth, seen, made, sent, left: customer.leftFor }).toEqual({
    nth,
    // Nothing worse than "not now": no fault of ours, and nobody is taken for somebody else.
    seen: seen.map(() => expect.stringMatching(/^(200 (login|sign-in|consent)|503 error try_later)$/)),
    made: 1,
    sent: 1,
    left: expect.stringContaining(link.token),
  });
  return wire.hasCut();
}

describe.each(['before', 'after'] as const)('cut %s the statement', (when) => {
  test.each([
    ['between the link and the decision', 'allow', false],
    ['in a refusal', 'deny', true],
  ] as const)('anywhere %s', async (_, answer, fromConsent) => {
    let nth = 1;
    while (await survives(nth, when, answer, fromConsent)) nth += 1;
    expect(nth).toBeGreaterThan(fromConsent ? 5 : 15);
  });
});
