import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer } from '../../support/customer.ts';

let adapter: AdapterWorld;
beforeAll(async () => {
  adapter = await startAdapterWorld();
});
afterAll(() => adapter.close());

const submissionFor = (token: string) =>
  adapter.world.flatpeak.submissions.filter((submission) => submission.connectToken === token);

test('a customer with one supply allows: Flatpeak gets access, the app gets its customer back', async () => {
  const { token, url } = adapter.link();
  const customer = new Customer();
  await customer.open(url);
  expect(customer.page.step).toBe('login');
  await customer.press('continue');
  await customer.signIn('alice');
  expect(customer.page.step).toBe('consent');
  await customer.press('allow');
  expect(customer.page.step).toBe('done');
  expect(customer.leftFor).toBe(`http://localhost:1/app?connect_token=${token}&fp_cot=${token}`);
  const [submission, ...more] = submissionFor(token);
  expect(more).toEqual([]);
  expect(submission?.body).toMatchObject({
    connect_token: token,
    auth_data: { type: 'bearer', tariff_url: `${adapter.world.adapterUrl}/tariff` },
  });
});
