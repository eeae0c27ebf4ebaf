import { describe, expect, test } from '@jest/globals';
import { presetProblems } from '../../../src/tariff/presets/apply.ts';
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
  ])('%s with select %j and declare %j', (name, select, declare, problems) =>
    expect(presetProblems(name, { select, declare }).map(({ code, path }) => `${code} ${path}`)).toEqual(problems),
  );

  test('is said of a payload, too', () =>
    expect(refused('canonicle', flat(), { now })).toEqual(['preset_unknown preset']));
});
