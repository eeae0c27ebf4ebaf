import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startAdapterWorld, type AdapterWorld } from '../../support/adapter-world.ts';
import { Customer } from '../../support/customer.ts';

/** AUTH_DATA_MODE=oauth: the provider has a tariff API of its own, and Flatpeak gets the identity provider's tokens. */

const TARIFF_URL = 'https://api.provider.example/tariff';

let adapter: AdapterWorld;
const start = async (env: Record<string, string> = {}): Promise<void> => {
  adapter = await startAdapterWorld({ env: { AUTH_DATA_MODE: 'oauth', TARIFF_URL, ...env } });
};
afterEach(() => adapter.close());

async function connect(press: 'allow' | 'deny' = 'allow') {
  const { token, url } = adapter.link();
  const customer = new Customer();
  await customer.open(url);
  await customer.press('continue');
  await customer.signIn('alice');
  await customer.press(press);
  const { body } = adapter.world.flatpeak.submissions.find(({ connectToken }) => connectToken === token)!;
  return (body as { auth_data?: Record<string, string> }).auth_data;
}

const issuer = () => adapter.world.identity.issuer;
const asClient = async (path: string, fields: Record<string, string>) => {
  const { OIDC_CLIENT_ID: id = '', OIDC_CLIENT_SECRET: secret = '' } = adapter.world.adapterEnvironment;
  const credentials = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64');
  const answer = await fetch(`${issuer()}${path}`, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams(fields),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const kept = () => adapter.services.database.selectFrom('customer_tokens').selectAll().execute();

describe('with offline access', () => {
  beforeEach(() => start({ OIDC_SCOPES: 'openid offline_access' }));

  test('Flatpeak is given all it takes to go on by itself', async () => {
    const auth = (await connect())!;
    expect(auth).toEqual({
      type: 'oauth2',
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      scope: 'openid offline_access',
      token_endpoint: `${issuer()}/token`,
      tariff_url: TARIFF_URL,
      grant_id: expect.stringMatching(/^grt_/),
    });
    const life = Date.parse(auth.expires_at!) - Date.now();
    expect(life).toBeGreaterThan(3_500_000);
    expect(life).toBeLessThanOrEqual(3_600_000);

    const renewed = await asClient('/token', { grant_type: 'refresh_token', refresh_token: auth.refresh_token! });
    expect(renewed).toMatchObject({ status: 200, body: { access_token: expect.any(String) } });
  });

  test('the adapter keeps, sealed, what it takes to revoke, and nothing else', async () => {
    const auth = (await connect())!;
    const told =
      JSON.stringify([
        await kept(),
        await adapter.services.database.selectFrom('outbox').selectAll().execute(),
        await adapter.services.database.selectFrom('journeys').selectAll().execute(),
      ]) + adapter.logged();
    expect(await kept()).toHaveLength(1);
    expect(told).not.toContain(auth.access_token);
    expect(told).not.toContain(auth.refresh_token);
  });

  test('they open nothing at the adapter itself', async () => {
    const auth = (await connect())!;
    const answer = await fetch(`${adapter.adapterUrl}/tariff`, {
      headers: { authorization: `Bearer ${auth.access_token}` },
    });
    expect(answer.status).toBe(401);
  });

  test('nothing is handed over or kept without a consent', async () => {
    expect(await connect('deny')).toBeUndefined();
    expect(await kept()).toEqual([]);
  });
});

describe('without', () => {
  beforeEach(() => start());

  test('there is no refresh token to hand over', async () => {
    const auth = (await connect())!;
    expect(auth).toMatchObject({ type: 'oauth2', scope: 'openid', tariff_url: TARIFF_URL });
    expect(auth).not.toHaveProperty('refresh_token');
    expect(await kept()).toHaveLength(1);
  });
});
