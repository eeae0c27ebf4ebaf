import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer, posting } from '../../support/customer.ts';

/** "Who can read your tariff": what a customer shares, and the way to stop it. */

let adapter: AdapterWorld;
beforeAll(async () => {
  adapter = await startAdapterWorld();
});
afterEach(() => {
  adapter.world.flatpeak.faults.clear();
  adapter.world.identity.faults.clear();
});
afterAll(() => adapter.close());

/** A customer who has connected an app; with the poll that Flatpeak can make since then. */
async function connected(login: string, supply = '0'): Promise<{ customer: Customer; poll: () => Promise<Response> }> {
  const { token, url } = adapter.link();
  const customer = new Customer();
  await customer.open(url);
  await customer.press('continue');
  await customer.signIn(login);
  if (customer.page.step === 'supply') await customer.press('choose', { supply });
  await customer.press('allow');
  const { body } = adapter.world.flatpeak.submissions.find(({ connectToken }) => connectToken === token)!;
  const { access_token, tariff_url } = (body as unknown as { auth_data: Record<string, string> }).auth_data;
  return {
    customer,
    poll: () => fetch(tariff_url!, { headers: { authorization: `Bearer ${access_token}` } }),
  };
}

/** The overview, in a browser that has seen nothing of the adapter before. */
async function overviewOf(login: string): Promise<Customer> {
  const customer = new Customer();
  await customer.open(`${adapter.adapterUrl}/connections`);
  await customer.press('continue');
  await customer.signIn(login);
  return customer;
}

const textOf = (customer: Customer): string => customer.page.document.querySelector('main')?.innerText ?? '';
const shares = (customer: Customer): number => customer.page.document.querySelectorAll('[data-action="stop"]').length;
const stopAddress = (customer: Customer): string => customer.formOf('stop').action;

describe('who has not signed in', () => {
  test('is shown the way in, and nothing else', async () => {
    const customer = new Customer();
    await customer.open(`${adapter.adapterUrl}/connections`);
    expect(customer.page.step).toBe('login');
    expect(customer.page.status).toBe(200);
  });

  test.each(['grt_aaaaaaaaaaaaaaaaaaaaaa/receipt', 'grt_aaaaaaaaaaaaaaaaaaaaaa/stopped', 'redirecting'])(
    'is led there from %s',
    async (page) => {
      const customer = new Customer();
      await customer.open(`${adapter.adapterUrl}/connections/${page}`);
      expect(customer.page.step).toBe('login');
    },
  );
});

describe('whoever signs in', () => {
  test('sees what they share: with whom, which contract, since when, until when, and when it was read', async () => {
    const { poll } = await connected('alice');
    await poll();
    const text = textOf(await overviewOf('alice'));
    for (const said of ['Example EV', 'Home', 'Allowed on', 'Ends by itself on', 'Last read', 'A… Archer']) {
      expect(text).toContain(said);
    }
  });

  test('sees that there is nothing, where nothing is shared', async () => {
    const customer = await overviewOf('carol');
    expect(customer.page.step).toBe('connections');
    expect(textOf(customer)).toContain('No app can read your electricity tariff right now.');
  });

  test('sees what Flatpeak has not confirmed yet', async () => {
    adapter.world.flatpeak.faults.set({ submission: { status: 503 } });
    const { url } = adapter.link();
    const visitor = new Customer();
    await visitor.open(url);
    await visitor.press('continue');
    await visitor.signIn('erin');
    await visitor.press('choose', { supply: '0' });
    const { action, body } = visitor.formOf('allow');
    await visitor.fetch(action, posting(body));
    expect(textOf(await overviewOf('erin'))).toContain('Flatpeak has not confirmed this connection yet');
  });

  test('sees nothing of anybody else', async () => {
    await connected('bob');
    expect(shares(await overviewOf('carol'))).toBe(0);
  });

  test('may cancel at the identity provider, and is back at the way in', async () => {
    const customer = new Customer();
    await customer.open(`${adapter.adapterUrl}/connections`);
    await customer.press('continue');
    await customer.press('cancel');
    expect(customer.page.step).toBe('login');
    expect(customer.page.url).toContain('/connections');
  });

  test('is told of a sign-in that failed, and that nothing has changed', async () => {
    adapter.world.identity.faults.set({ token: { status: 500 } });
    const customer = await overviewOf('alice');
    expect(customer.page.step).toBe('error');
    expect(textOf(customer)).toContain('What you share has not changed.');
    adapter.world.identity.faults.clear();
    await customer.open(`${adapter.adapterUrl}/connections`);
    await customer.press('continue');
    expect(['connections', null]).toContain(customer.page.step);
  });
});

describe('stopping', () => {
  test('takes one press, counts for the very next poll, and says what comes next', async () => {
    const { poll } = await connected('alice');
    expect((await poll()).status).toBe(200);
    const customer = await overviewOf('alice');
    const before = shares(customer);
    await customer.press('stop');
    expect(customer.page.step).toBe('stop');
    expect(textOf(customer)).toContain('can no longer read your tariff');

    const refused = await poll();
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ code: 'grant_withdrawn' });

    await customer.open(`${adapter.adapterUrl}/connections`);
    expect(shares(customer)).toBe(before - 1);
    expect(textOf(customer)).toContain('You stopped it.');
  });

  test('is recorded beside the consent', async () => {
    await connected('alice');
    const customer = await overviewOf('alice');
    const grant = /grt_[\w-]{22}/.exec(stopAddress(customer))![0];
    await customer.press('stop');
    const records = await adapter.services.database
      .selectFrom('consent_records')
      .select('event')
      .where('grant_id', '=', grant)
      .orderBy('recorded_at')
      .execute();
    expect(records.map(({ event }) => event)).toEqual(['granted', 'withdrawn']);
  });

  test('twice is stopping once', async () => {
    await connected('alice');
    const customer = await overviewOf('alice');
    const { action, body } = customer.formOf('stop');
    await customer.open(action, posting(body));
    await customer.open(action, posting(body));
    expect(customer.page.step).toBe('stop');
  });

  test('what Flatpeak has not got yet never reaches it', async () => {
    adapter.world.flatpeak.faults.set({ submission: { status: 503 } });
    const { token, url } = adapter.link();
    const visitor = new Customer();
    await visitor.open(url);
    await visitor.press('continue');
    await visitor.signIn('alice');
    const { action, body } = visitor.formOf('allow');
    await visitor.fetch(action, posting(body));
    const customer = await overviewOf('alice');
    await customer.press('stop');
    const attempts = () => adapter.world.flatpeak.submissions.filter((one) => one.connectToken === token).length;
    adapter.world.flatpeak.faults.clear();
    const before = attempts();
    await adapter.services.outbox.deliverDue();
    expect(attempts()).toBe(before);
    expect(adapter.world.flatpeak.requests.length).toBeGreaterThan(0);
  });

  test('puts what ended last first, whatever was allowed first', async () => {
    for (const supply of ['0', '1']) await connected('bob', supply);
    const customer = await overviewOf('bob');
    const [newer, older] = customer.page.document
      .querySelectorAll('a[href$="/receipt"]')
      .map((link) => /grt_[\w-]{22}/.exec(link.getAttribute('href') ?? '')![0]);
    const { body } = customer.formOf('stop');
    for (const grant of [newer, older]) {
      await customer.open(`${adapter.adapterUrl}/connections/${grant}/stop`, posting(body));
    }
    await customer.open(`${adapter.adapterUrl}/connections`);
    const ended = customer.page.document.querySelectorAll('.supplies a[href$="/receipt"]');
    expect(ended.slice(0, 2).map((link) => link.getAttribute('href'))).toEqual(
      [older, newer].map((grant) => `/connections/${grant}/receipt`),
    );
  });

  test('is not for anybody else: another customer’s share stays as it is', async () => {
    const { poll } = await connected('alice');
    const target = stopAddress(await overviewOf('alice'));
    await connected('bob');
    const other = await overviewOf('bob');
    const { body } = other.formOf('stop');
    await other.open(target, posting(body));
    expect((await poll()).status).toBe(200);
  });
});

describe('a receipt', () => {
  test('says what was allowed, to whom, and in which wording', async () => {
    await connected('alice');
    const customer = await overviewOf('alice');
    const link = customer.page.document.querySelector('a[href$="/receipt"]')!.getAttribute('href')!;
    await customer.open(new URL(link, customer.page.url).href);
    expect(customer.page.step).toBe('receipt');
    const text = textOf(customer);
    for (const said of ['What you allowed', 'Example EV', 'Wording en-2', 'Through Flatpeak'])
      expect(text).toContain(said);
  });

  test('can be had right after the decision, by whoever made it', async () => {
    const { customer } = await connected('alice');
    const page = customer.visited.findLast((url) => url.includes('/done'))!;
    await customer.open(page.replace('/done', '/receipt'));
    expect(customer.page.step).toBe('receipt');
    await new Customer()
      .open(page.replace('/done', '/receipt'))
      .then((shown) => expect(shown.step).not.toBe('receipt'));
  });

  test('and the overview are there also when what was agreed to can no longer be read', async () => {
    await connected('alice');
    const customer = await overviewOf('alice');
    const grant = /grt_[\w-]{22}/.exec(stopAddress(customer))![0];
    await customer.press('stop');
    await adapter.services.database
      .updateTable('consent_records')
      .set({ evidence_sealed: 'lost:x:y:z' })
      .where('grant_id', '=', grant)
      .execute();
    await customer.open(`${adapter.adapterUrl}/connections`);
    expect([customer.page.status, textOf(customer)]).toEqual([200, expect.stringContaining('An app without a name')]);
    await customer.open(`${adapter.adapterUrl}/connections/${grant}/receipt`);
    expect([customer.page.step, customer.page.status]).toEqual(['receipt', 200]);
    expect(textOf(customer)).toContain('Not shared since');
    expect(textOf(customer)).not.toMatch(/You stopped it|Example Energy stopped it/);
  });

  test('is not for anybody else', async () => {
    await connected('alice');
    const mine = await overviewOf('alice');
    const link = mine.page.document.querySelector('a[href$="/receipt"]')!.getAttribute('href')!;
    const other = await overviewOf('bob');
    await other.open(new URL(link, mine.page.url).href);
    expect(other.page.status).toBe(404);
  });
});

describe('the session', () => {
  test('ends by signing out, here and at the identity provider', async () => {
    const customer = await overviewOf('alice');
    await customer.press('signout');
    expect(customer.visited.some((url) => url.startsWith(`${adapter.world.identity.issuer}/session/end`))).toBe(true);
    await customer.open(`${adapter.adapterUrl}/connections`);
    expect(customer.page.step).toBe('login');
  });

  test('once left, is begun anew with credentials asked for, also where the identity provider remembers', async () => {
    const customer = await overviewOf('alice');
    await customer.open(`${adapter.adapterUrl}/connections?signed_out`);
    expect(customer.page.step).toBe('connections');
    await customer.press('signout');
    await customer.open(`${adapter.adapterUrl}/connections?signed_out`);
    expect(textOf(customer)).toContain('You are signed out');
    await customer.press('switch');
    expect(customer.page.document.querySelector('[data-action="sign-in"]')).not.toBeNull();
  });

  test('is not begun by whoever asks for the head of a page alone', async () => {
    const customer = new Customer();
    await customer.open(`${adapter.adapterUrl}/connections`);
    const { action, body } = customer.formOf('continue');
    const redirecting = new URL((await customer.fetch(action, posting(body))).headers.get('location')!, action).href;
    expect((await customer.fetch(redirecting, { method: 'HEAD' })).status).toBe(405);
    expect((await customer.fetch(redirecting)).step).toBe('redirecting');
  });

  test('has another secret after sign-in than before', async () => {
    const customer = new Customer();
    await customer.open(`${adapter.adapterUrl}/connections`);
    const before = await customer.cookies(adapter.adapterUrl);
    await customer.press('continue');
    await customer.signIn('alice');
    expect(await customer.cookies(adapter.adapterUrl)).not.toContain(/connections=([\w-]+)/.exec(before)![1]);
  });

  test('does not begin in a browser that did not ask for it', async () => {
    const customer = new Customer();
    await customer.open(`${adapter.adapterUrl}/connections`);
    await customer.press('continue');
    const { action, body } = customer.formOf('sign-in');
    body.set('login', 'alice');
    body.set('password', 'any');
    let shown = await customer.fetch(action, posting(body));
    while (!(shown.headers.get('location') ?? '').includes('/connect/callback')) {
      shown = await customer.fetch(new URL(shown.headers.get('location')!, shown.url).href);
    }
    const elsewhere = new Customer();
    await elsewhere.open(shown.headers.get('location')!);
    expect(elsewhere.page.reason).toBe('sign_in_elsewhere');
    await elsewhere.open(`${adapter.adapterUrl}/connections`);
    expect(elsewhere.page.step).toBe('login');
  });

  test('a callback that is repeated leads to where the customer is', async () => {
    const customer = await overviewOf('alice');
    const callback = customer.visited.findLast((url) => url.includes('/connect/callback'))!;
    await customer.open(callback);
    expect(customer.page.step).not.toBe('error');
  });
});

describe('connecting once more', () => {
  test('the contract of before is the one that is chosen', async () => {
    const { customer: first } = await connected('bob');
    await overviewOf('bob');
    expect(first).toBeDefined();
    const { url } = adapter.link();
    const again = new Customer();
    await again.open(url);
    await again.press('continue');
    await again.signIn('bob');
    expect(again.page.step).toBe('supply');
    const checked = again.page.document.querySelectorAll('input[type="radio"][checked]');
    expect(checked.map((radio) => radio.getAttribute('value'))).toEqual(['0']);
  });
});
