import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Decimal } from 'decimal.js';
import { describe } from '@jest/globals';
import { rateAt } from '../../../src/tariff/model/wall-clock.ts';
import type { SourceTariff } from '../../../src/tariff/model/provider-tariff.ts';
import { applyPreset, type Given } from '../../../src/tariff/presets/apply.ts';
import { parseXml } from '../../../src/tariff/presets/xml.ts';
import type { Json } from '../model/fixtures.ts';

export type { Json } from '../model/fixtures.ts';
export { but } from '../model/fixtures.ts';

type Way = Omit<Given, 'now'> & { now: string };

/** What the agreement step says of a supply that has been there for long and goes on. */
export const agreement = { contract: { start_date: '2020-01-01T00:00:00Z', end_date: null } };

const given = ({ now, ...way }: Way): Given => ({ agreement, ...way, now: Temporal.Instant.from(now) });

export function accepted(preset: string, payload: unknown, way: Way): SourceTariff {
  const answer = applyPreset(preset, payload, given(way));
  if (!answer.ok) throw new Error(JSON.stringify(answer.problems));
  return answer.tariff;
}

/** `code path` of every problem; empty when the tariff was accepted. */
export function refused(preset: string, payload: unknown, way: Way): string[] {
  const answer = applyPreset(preset, payload, given(way));
  return answer.ok ? [] : answer.problems.map(({ code, path: where }) => `${code} ${where}`);
}

/** `[valid_from, valid_to, value]` of every row. */
export const rowsOf = ({ tariff }: SourceTariff) =>
  (tariff.prices ?? []).map(({ valid_from, valid_to, price }) => [valid_from, valid_to, price.value]);

const parse = (file: string): Json => {
  const text = readFileSync(file, 'utf8');
  return (file.endsWith('.xml') ? parseXml(text) : JSON.parse(text)) as Json;
};

/** A hand-made payload of `test/fixtures/presets`. */
export const fixture = (name: string): Json => parse(path.resolve(import.meta.dirname, '../../fixtures/presets', name));

/** Real payloads, where they lie beside the project, and what an independent program computed from them. */
const data = path.resolve(import.meta.dirname, '../../../../shared/tariff/data');
export const sample = (name: string): Json => parse(path.join(data, name));
export const expected = (name: string): Json => sample('expected.json')[name] as Json;
export const withSamples = existsSync(data) ? describe : describe.skip;

/** A served series in the words of `expected.json`. */
export function summary({ tariff }: SourceTariff): Json {
  const rows = tariff.prices ?? [];
  const values = rows.map(({ price }) => new Decimal(price.value));
  return {
    intervals: rows.length,
    first: rows[0]?.valid_from,
    last_end: rows.at(-1)?.valid_to,
    sum: Decimal.sum(...values).toString(),
    min: Decimal.min(...values).toString(),
    max: Decimal.max(...values).toString(),
    first_value: values[0]?.toString(),
    last_value: values.at(-1)?.toString(),
  };
}

/** The same facts of one entry of `expected.json`. */
export const facts = ({ intervals, first, last_end, sum, min, max, first_value, last_value }: Json): Json => ({
  intervals,
  first,
  last_end,
  sum,
  // The samples print 1e-5 as 0.00001.
  min: new Decimal(min).toString(),
  max: new Decimal(max).toString(),
  first_value,
  last_value,
});

/** The tiers in force when clocks where the supply is show `local`. */
export function tiersAt({ tariff }: SourceTariff, local: string) {
  const at = Temporal.PlainDateTime.from(local).toZonedDateTime(tariff.timezone).epochMilliseconds;
  const schedule = tariff.schedules?.find(
    ({ valid_from, valid_to }) =>
      Temporal.Instant.from(valid_from).epochMilliseconds <= at &&
      (valid_to === null || Temporal.Instant.from(valid_to).epochMilliseconds > at),
  );
  return schedule ? rateAt(schedule, tariff.timezone, at) : null;
}
