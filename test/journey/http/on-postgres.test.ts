import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { arriveAtConsent, Customer } from '../../support/customer.ts';
import { newAddress } from '../../support/databases.ts';

/** The same journeys where several instances share a database. */

let adapter: AdapterWorld;
beforeAll(async () => {
  const address = await newAddress('postgres');
  adapter = await startAdapterWorld({ env: { DATABASE_URL: 'url' in address ? address.url : '' } });
});
afterAll(() => adapter.close());

const bodiesFor = (token: string) =>
  adapter.world.flatpeak.submissions.filter((one) => one.connectToken === token).map((one) => one.body);

test('a customer allows, and the tariff is polled', async () => {
  const link = adapter.link();
  const customer = await arriveAtConsent(link);
  await customer.press('allow');
  expect(customer.leftFor).toBe(`http://localhost:1/app?connect_token=${link.token}&fp_cot=${link.token}`);
  expect(bodiesFor(link.token)).toMatchObject([{ auth_data: { type: 'bearer' } }]);
  expect(await adapter.world.flatpeak.poll(link.token)).toMatchObject({ status: 200 });
});

test('a customer cancels', async () => {
  const { token, url } = adapter.link();
  const customer = new Customer();
  await customer.open(url);
  await customer.press('cancel');
  expect(bodiesFor(token)).toEqual([{ connect_token: token, action: 'DISMISS_LOGIN' }]);
});

test('a journey goes on after the adapter was restarted', async () => {
  const link = adapter.link();
  const customer = await arriveAtConsent(link);
  await adapter.restart();
  await customer.press('deny');
  expect(bodiesFor(link.token)).toEqual([{ connect_token: link.token, action: 'DISMISS_CONSENT' }]);
});
