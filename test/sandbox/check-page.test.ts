import { describe, expect, test } from '@jest/globals';
import { checkTariff } from '../../src/sandbox/companion/check.ts';
import { checkPage } from '../../src/sandbox/companion/check-page.ts';
import { connectionPage } from '../../src/sandbox/companion/pages.ts';
import { connectionSchema, type ConnectionView } from '../../src/sandbox/companion/view.ts';
import { pageOf } from '../../src/sandbox/page/page.ts';
import { serveTariff } from '../../src/tariff/model/serve.ts';
import { startWorld } from '../../src/sandbox/world.ts';
import { accepted, but, flat, halfHours, NOW, type Json } from '../tariff/model/fixtures.ts';
import { Visitor } from './visitor.ts';

/** What Flatpeak was served, read back from the wire. */
const served = (raw: Json, at = NOW): Json =>
  JSON.parse(
    JSON.stringify(
      serveTariff({
        source: accepted(raw, {}, at),
        from: at,
        to: at.add({ hours: 48 }),
        now: at,
        grantExpiresAt: at,
        lastGood: false,
        mapping: { name: 'canonical', version: '1' },
        payloadSha256: 'abc',
        fetchedAt: at,
      }),
    ),
  ) as Json;

const view = (tariff: unknown, polls: object[] = []): ConnectionView =>
  connectionSchema.parse({
    created_at: 0,
    submission: { at: 0, body: {} },
    allowed: true,
    action: null,
    polls,
    tariff: tariff === null ? null : { at: 0, body: tariff },
    trace: [],
  });
const shown = (tariff: unknown, polls: object[] = []): string =>
  pageOf(checkPage('tok_1', view(tariff, polls), NOW)).markup;

describe('a served tariff', () => {
  test('passes the rules it was served by', () => {
    const result = checkTariff(served(flat()), NOW);
    expect(result).toMatchObject({ ok: true, coverage: { status: 'complete' } });
    expect(result.ok && result.slots.map(({ value }) => value)).toEqual(Array.from({ length: 96 }, () => 0.2835));
  });

  test('may end before the day is covered', () => {
    const result = checkTariff(served(halfHours()), NOW);
    expect(result).toMatchObject({ ok: true, coverage: { status: 'partial', reason: 'awaiting_publication' } });
    expect(result.ok && result.slots.slice(0, 5).map(({ value }) => value)).toEqual([-0.02, 0, 0.33, 0.24, null]);
  });

  test('of which nothing is known now does not pass', () => {
    const later = NOW.add({ hours: 12 });
    expect(checkTariff(served(halfHours()), later)).toEqual({
      ok: false,
      problems: [expect.objectContaining({ code: 'nothing_known_now' })],
    });
  });
});

describe('the page', () => {
  test('shows verdict, coverage and the next 48 hours', () => {
    const page = shown(served(flat()));
    expect(page).toContain('data-step="check"');
    expect(page).toContain('This tariff can be served');
    expect(page).toContain('Known until');
    expect(page).toContain('over the next 48 hours');
    expect(page.match(/<rect/g)).toHaveLength(96);
  });

  test('shows problems with their places, escaped', () => {
    const page = shown(but(served(flat()), ({ tariff }) => (tariff['<b>'] = 1)));
    expect(page).toContain('This tariff cannot be served');
    expect(page).toContain('<code>unknown_key</code> at <code>$.tariff[&quot;&lt;b&gt;&quot;]</code>');
  });

  test('says why there is nothing to check', () => {
    const poll = { at: 0, status: 503, failure: null, problem: { code: 'tariff_invalid' } };
    const page = shown(null, [poll]);
    expect(page).toContain('No tariff has been read yet');
    expect(page).toContain('status 503');
    expect(page).toContain('tariff_invalid');
  });

  test('is linked from the connection', () => {
    const page = pageOf(connectionPage('tok_1', view(served(flat())), NOW)).markup;
    expect(page).toContain('href="/connections/tok_1/check"');
  });
});

test('the app answers it for its own connections', async () => {
  const ports = { adapter: 0, companion: 0, flatpeak: 0, connectWeb: 0, identity: 0, backend: 0, preview: 0 };
  const world = await startWorld({ adapter: 'none', ports });
  try {
    const visitor = new Visitor(world.adapterUrl);
    const leaving = await visitor.post(`${world.companion.url}/connect`, {});
    const token = /fp_cot=([\w-]+)/.exec(leaving.text)?.[1] ?? '';
    const page = await visitor.get(`${world.companion.url}/connections/${token}/check`);
    expect(page.text).toContain('Flatpeak has not asked for it yet');
    expect((await fetch(`${world.companion.url}/connections/unknown/check`)).status).toBe(404);
  } finally {
    await world.close();
  }
});
