import { startFlatpeakEmulator, type EmulatorOptions } from '../../src/sandbox/flatpeak/emulator.ts';

export const ACCOUNT = 'acc_68541c4c407600f62fd98a97';
export const API_KEY = 'sk_test_0123456789abcdef';

export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

export const startEmulator = (options: Partial<EmulatorOptions> = {}) =>
  startFlatpeakEmulator({
    accountId: ACCOUNT,
    apiKey: API_KEY,
    adapterUrl: 'http://localhost:4999',
    pollRetriesMs: [],
    ...options,
  });

/** What the adapter is expected to send when a customer has agreed. */
export const allowed = (connect_token: string, tariff_url = 'http://localhost:9/tariff') => ({
  connect_token,
  auth_data: {
    type: 'bearer',
    access_token: 'Zk4nT1sQ0aYx7Vt2Bd9Rm3Wc8Hp5Lg6Uj1Ke0Oi4Sf7',
    expires_at: '2027-01-01T00:00:00Z',
    tariff_url,
    grant_id: 'Qm3xT8vR2nLk5wPz',
  },
  postal_address: { post_code: 'BS1 4ND', country_code: 'GB' },
  contract_term: { start_date: '2026-01-01T00:00:00Z', end_date: '2026-12-31T00:00:00+01:00' },
});

export const declined = (connect_token: string, action = 'DISMISS_CONSENT') => ({ connect_token, action });
