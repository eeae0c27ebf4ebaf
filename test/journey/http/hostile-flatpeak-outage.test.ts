import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { MINUTE, SECOND } from '../../support/clock.ts';
import { arriveAtConsent, Customer, posting } from '../../support/customer.ts';
import { answer, reset, type Step } from '../../support/http-peer.ts';
import { startHostileFlatpeak, WAY_BACK, type HostileFlatpeak } from './hostile-flatpeak.ts';
import { UNLIMITED } from './stages.ts';

/** Flatpeak is down for ten minutes and comes back: who decided meanwhile, who came meanwhile, who comes afterwards. */

const STEP = 5 * SECOND;

describe.each([
  ['those who wait are carried before a new customer comes', false],
  ['a new customer comes before those who wait are carried', true],
])('%s', (_order, newcomerFirst) => {
  let shift = 0;
  let flatpeak: HostileFlatpeak;
  let adapter: AdapterWorld;
  beforeAll(async () => {
    flatpeak = await startHostileFlatpeak();
    adapter = await startAdapterWorld({
      clock: () => Date.now() + shift,
      env: { ...UNLIMITED, ...flatpeak.env, FLATPEAK_TIMEOUT_MS: '2000' },
    });
  });
  afterAll(async () => {
    await flatpeak.close();
    await adapter.close();
  });

  /** Some time goes by, in small steps, in each of which everything due is sent. */
  const pass = async (ms: number, enough = () => false): Promise<void> => {
    for (let passed = 0; passed < ms && !enough(); passed += STEP) {
      shift += STEP;
      while ((await adapter.services.outbox.deliverDue()) > 0);
    }
  };
  const decide = async (customer: Customer, choice: 'allow' | 'deny'): Promise<void> => {
    const { action, body } = customer.formOf(choice);
    await customer.fetch(action, posting(body));
  };
  /** Decisions about this token that Flatpeak has taken down. */
  const taken = (token: string): string[] => {
    const keys = new Set(flatpeak.told(token).map(({ headers }) => String(headers['idempotency-key'])));
    return [...keys].flatMap((key) => flatpeak.ledger.get(key) ?? []);
  };

  test('every decision arrives once, and nobody is told anything that is not so', async () => {
    const [anna, ben, carla] = [adapter.link(), adapter.link(), adapter.link()];
    const links = [anna, ben, carla];
    const [annasPhone, bensPhone, carlasPhone] = await Promise.all(links.map(arriveAtConsent));
    const outage: Step[] = [reset, answer(503), answer(502, '<html>'), answer(500)];
    let struck = 0;
    flatpeak.behaveAlways((...request) => outage[struck++ % outage.length]!(...request));

    await decide(annasPhone!, 'allow');
    await pass(MINUTE);
    await decide(bensPhone!, 'deny');
    // Whoever waits goes back after fifteen seconds, told that it may take some minutes.
    await pass(15 * SECOND);
    await bensPhone!.open(bensPhone!.page.url);
    expect(bensPhone!.page.document.querySelector('main')?.textContent).toContain('may take some minutes');
    expect(bensPhone!.leftFor).toBe(`${WAY_BACK}?connect_token=${ben.token}&fp_cot=${ben.token}`);

    const dora = adapter.link();
    const dorasPhone = new Customer();
    await dorasPhone.open(dora.url);
    expect(dorasPhone.page).toMatchObject({ status: 503, step: 'error', reason: 'flatpeak_unavailable' });
    expect(dorasPhone.page.document.querySelector('main')?.textContent).toMatch(/nothing was shared/i);

    await pass(8 * MINUTE);
    await decide(carlasPhone!, 'allow');
    await pass(45 * SECOND);
    expect(links.flatMap(({ token }) => taken(token))).toEqual([]);
    expect(Math.max(...links.map(({ token }) => flatpeak.told(token).length))).toBeLessThanOrEqual(30);

    flatpeak.behaveAlways(null);
    const newcomer = async () => {
      await dorasPhone.open(dora.url);
      expect(dorasPhone.page.step).toBe('login');
      await dorasPhone.press('continue');
      await dorasPhone.signIn('alice');
      await decide(dorasPhone, 'allow');
    };
    if (newcomerFirst) await newcomer();
    await pass(MINUTE, () => links.every(({ token }) => taken(token).length > 0));
    if (!newcomerFirst) await newcomer();
    await pass(STEP);

    for (const phone of [annasPhone!, carlasPhone!, dorasPhone]) {
      await phone.open(phone.page.url);
      expect(phone.page.document.querySelector('main')?.textContent).toContain('can now see');
    }
    await bensPhone!.open(bensPhone!.page.url);
    expect(bensPhone!.page.document.querySelector('main')?.textContent).not.toContain('may take some minutes');
    const bodies = [...links, dora].map(({ token }) => taken(token).map((body) => JSON.parse(body) as object));
    const consent = expect.objectContaining({ auth_data: expect.anything() });
    const refusal = { connect_token: ben.token, action: 'DISMISS_CONSENT' };
    expect(bodies).toEqual([[consent], [refusal], [consent], [consent]]);
  });
});
