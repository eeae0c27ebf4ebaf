import { describe, expect, test } from '@jest/globals';
import { agreementPresetProblems, applyAgreement, presetProblems } from '../../../src/tariff/presets/apply.ts';
import { flat } from '../model/fixtures.ts';
import { accepted, but, refused } from './support.ts';

const now = '2026-05-12T11:00:00Z';

describe('a canonical source', () => {
  test('is taken as it is', () => {
    const source = accepted('canonical', flat(), { now, agreement: undefined });
    expect(source.contract.start_date).toBe('2026-01-01T00:00:00+00:00');
    expect(source.tariff.schedules).toHaveLength(1);
  });

  test('has the contract of the agreement where there is one', () =>
    expect(accepted('canonical', flat(), { now }).contract.start_date).toBe('2020-01-01T00:00:00Z'));

  test('without a contract anywhere is refused', () => {
    const payload = but(flat(), (copy) => delete copy.contract);
    expect(refused('canonical', payload, { now, agreement: undefined })).toEqual(['missing $.contract']);
  });

  test.each([
    [{}, 'empty_answer $'],
    [{ prices: [1] }, 'missing $.tariff'],
    [{ error: 'not found' }, 'error_body $'],
    [{ type: 'about:blank', title: 'Not Found', status: 404 }, 'error_body $'],
    ['<!doctype html><p>Maintenance', 'error_body $'],
  ])('that answers %j is refused', (payload, problem) =>
    expect(refused('canonical', payload, { now })).toEqual([problem]),
  );
});

describe('what a pack says about a preset', () => {
  test.each([
    ['canonical', {}, {}, []],
    ['canonical', { region: 'A' }, {}, ['unknown_key select.region']],
    ['canonical', {}, { vat: 'perhaps' }, ['unknown_value declare.vat']],
    ['canonical', {}, { price_divisior: 100 }, ['unknown_key declare.price_divisior']],
    ['canonicle', {}, {}, ['preset_unknown preset']],
    ['nord-pool', { area: 'SE3' }, { vat_rate: 0.25, price_divisor: '1000' }, []],
    [
      'nord-pool',
      { zone: 'SE3' },
      { price_divisor: 1 },
      ['unknown_key select.zone', 'fact_fixed_by_preset declare.price_divisor'],
    ],
    ['octopus-account', {}, {}, ['preset_unknown preset']],
  ])('%s with select %j and declare %j', (name, select, declare, problems) =>
    expect(presetProblems(name, { select, declare }).map(({ code, path }) => `${code} ${path}`)).toEqual(problems),
  );

  test('is said of a payload, too', () =>
    expect(refused('canonicle', flat(), { now })).toEqual(['preset_unknown preset']));

  test.each([
    ['octopus-account', { direction: 'EXPORT' }, []],
    ['octopus-account', { direction: 'OUT', mpan: '1' }, ['unknown_value select.direction', 'unknown_key select.mpan']],
    ['octopus-rest', {}, ['preset_unknown preset']],
  ])('of the agreement: %s with select %j', (name, select, problems) =>
    expect(agreementPresetProblems(name, select).map(({ code, path }) => `${code} ${path}`)).toEqual(problems),
  );

  test('of the agreement is said of a payload, too', () =>
    expect(applyAgreement('nobody', {}, { now: Temporal.Instant.from(now) })).toMatchObject({
      ok: false,
      problems: [{ code: 'preset_unknown' }],
    }));
});
