import { outbound } from '../../src/base/outbound.ts';
import { createFlatpeak, type Flatpeak, type FlatpeakSettings } from '../../src/flatpeak/client.ts';
import { movableClock, type MovableClock } from '../support/clock.ts';
import type { HttpPeer, Step } from '../support/http-peer.ts';

export const TOKEN = 'cot_68541c4c407600f62fd98a97';
export const BASIC = `Basic ${Buffer.from('acc_1:sk_secret').toString('base64')}`;

/** The documented answer, complete (guide for energy providers, "Obtain session context"). */
export const CONTEXT = {
  account: {
    id: 'acc_68541c4c407600f62fd98a97',
    display_name: 'Heat Maker',
    logo_url: 'https://heat.example/logo.svg',
    terms_url: 'https://heat.example/terms',
    privacy_url: 'https://heat.example/privacy',
    support_url: 'https://heat.example/support',
  },
  redirect_uri: 'https://connect.provider.example/connect',
  connect_web_uri: 'https://connect.flatpeak.com/?fp_cot=cot_68541c4c407600f62fd98a97',
};

export function flatpeakAt(
  peer: HttpPeer,
  settings: Partial<FlatpeakSettings> = {},
  clock: MovableClock = movableClock(),
): Flatpeak {
  return createFlatpeak(
    {
      apiUrl: new URL(peer.origin),
      accountId: 'acc_1',
      apiKey: 'sk_secret',
      auth: 'basic',
      profile: 'session',
      submitMethod: 'POST',
      submitPath: null,
      timeoutMs: 5000,
      ...settings,
    },
    outbound,
    clock.now,
  );
}

/** One script for `GET /login`, another for everything else. */
export const byPath =
  (login: Step, other: Step): Step =>
  (request, response, raw) =>
    (request.url === '/login' ? login : other)(request, response, raw);
