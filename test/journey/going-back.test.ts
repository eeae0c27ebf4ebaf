import { expect, test } from '@jest/globals';
import { returnUrl, type WayBack } from '../../src/journey/going-back.ts';
import type { Journey } from '../../src/journey/journeys.ts';

const TOKEN = 'cot_68541c4c407600f62fd98a97';
const journey = (returnAddress: string | null) =>
  ({ visit: { connectToken: TOKEN, returnAddress, extras: [['color', 'red']] } }) as unknown as Journey;

const quiet = { tokenParams: ['connect_token'], failureParam: null };
const telling = { ...quiet, failureParam: 'outcome' };

const AGREED: WayBack = { trusted: true, failure: null };
const DENIED: WayBack = { trusted: true, failure: 'consent_denied' };

test.each([
  ['after consent', telling, AGREED, `x=1&color=red&connect_token=${TOKEN}`],
  ['after a refusal, when nobody asked for its code', quiet, DENIED, `x=1&color=red&connect_token=${TOKEN}`],
  ['after a refusal', telling, DENIED, `x=1&color=red&connect_token=${TOKEN}&outcome=consent_denied`],
  ['for a browser that never had the link', quiet, { ...DENIED, trusted: false }, 'x=1&color=red'],
])('%s', (_, settings, way, query) => {
  expect(returnUrl(journey('https://app.example/b?x=1'), settings, way)).toBe(`https://app.example/b?${query}`);
});

test('without a trusted address there is no way back', () => {
  expect(returnUrl(journey(null), telling, AGREED)).toBeNull();
});
