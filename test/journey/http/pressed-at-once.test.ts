import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { arriveAtConsent, posting } from '../../support/customer.ts';

/** Several presses arrive in the same moment: one decides, and all are told where the customer is now. */

let adapter: AdapterWorld;
beforeAll(async () => {
  adapter = await startAdapterWorld();
});
afterAll(() => adapter.close());

test.each([
  ['"allow", four times', ['allow', 'allow', 'allow', 'allow']],
  ['"deny", four times', ['deny', 'deny', 'deny', 'deny']],
  ['both, in two tabs', ['allow', 'deny', 'allow', 'deny']],
])('%s', async (_, buttons) => {
  const { token, url } = adapter.link();
  const customer = await arriveAtConsent({ url });
  const forms = buttons.map((button) => customer.formOf(button));
  const answers = await Promise.all(forms.map(({ action, body }) => customer.fetch(action, posting(body))));
  expect(answers.map(({ status, headers }) => [status, headers.get('location')?.split('/').at(-1)])).toEqual(
    buttons.map(() => [303, expect.stringMatching(/^(finishing|done)$/)]),
  );
  await customer.open(url);
  expect(customer.leftFor).toContain(token);
  expect(adapter.world.flatpeak.submissions.filter(({ connectToken }) => connectToken === token)).toHaveLength(1);
});
