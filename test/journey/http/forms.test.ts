import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { arriveAtConsent, posting, type Customer } from '../../support/customer.ts';

/** Forms count only when our own page sent them. */

let adapter: AdapterWorld;
beforeAll(async () => {
  adapter = await startAdapterWorld();
});
afterAll(() => adapter.close());

async function onConsent(): Promise<{ token: string; customer: Customer }> {
  const link = adapter.link();
  return { token: link.token, customer: await arriveAtConsent(link) };
}

const decided = (token: string) =>
  adapter.world.flatpeak.submissions.some(({ connectToken }) => connectToken === token);

test.each([
  ['without a CSRF value', (body: URLSearchParams) => body.delete('csrf'), {}],
  ['with a wrong one', (body: URLSearchParams) => body.set('csrf', 'x'.repeat(43)), {}],
  ['with two of them', (body: URLSearchParams) => body.append('csrf', body.get('csrf') ?? ''), {}],
  ['sent by another site', () => undefined, { 'sec-fetch-site': 'cross-site' }],
  ['sent by a neighbour of our own domain', () => undefined, { 'sec-fetch-site': 'same-site' }],
  ['with a foreign origin', () => undefined, { origin: 'https://evil.example' }],
  ['with the origin hidden', () => undefined, { origin: 'null' }],
])('a decision %s is refused', async (_name, spoil, headers) => {
  const { token, customer } = await onConsent();
  for (const choice of ['allow', 'deny', 'cancel', 'switch']) {
    const { action, body } = customer.formOf('allow');
    spoil(body);
    const init = posting(body);
    const shown = await customer.fetch(action.replace('allow', choice), {
      ...init,
      headers: { ...(init.headers as Record<string, string>), ...headers },
    });
    expect(shown).toMatchObject({ status: 403, step: 'error', reason: 'form_rejected' });
  }
  expect(decided(token)).toBe(false);
});

test('a form from another journey of the same browser is refused', async () => {
  const { token, customer } = await onConsent();
  const { body } = customer.formOf('allow');
  const other = adapter.link();
  await customer.open(other.url);
  const { action } = customer.formOf('cancel');
  expect(await customer.fetch(action, posting(body))).toMatchObject({ status: 403, reason: 'form_rejected' });
  expect(decided(token)).toBe(false);
});

test('a body too large is refused before it is read', async () => {
  const { customer } = await onConsent();
  const { action, body } = customer.formOf('allow');
  body.set('more', 'x'.repeat(10_000));
  expect(await customer.fetch(action, posting(body))).toMatchObject({ status: 413, reason: 'request_rejected' });
});

test('a decision cannot be made by a GET', async () => {
  const { token, customer } = await onConsent();
  const { action, body } = customer.formOf('allow');
  // The button's address, opened like a page, leads to where the customer is.
  const shown = await customer.fetch(`${action}?${body.toString()}`);
  expect(shown.headers.get('location')).toMatch(/\/consent$/);
  expect(decided(token)).toBe(false);
});
