import { InvalidArgumentError } from 'commander';
import { parse } from 'yaml';
import { readMoment } from '../tariff/model/moments.ts';

/** How option values are read. Throws InvalidArgumentError, which names the option for us. */

/** Collects `name=value`, once per name; values stay text. */
export function textPairs(written: string, former: Record<string, string> = {}): Record<string, string> {
  const equals = written.indexOf('=');
  const name = written.slice(0, equals);
  if (equals < 1) throw new InvalidArgumentError('It must be name=value.');
  if (Object.hasOwn(former, name)) throw new InvalidArgumentError(`${name} is given twice.`);
  return { ...former, [name]: written.slice(equals + 1) };
}

/** Facts that are lists may be written with commas. */
const LISTS = new Set(['price_includes']);

/** Collects `name=value`, the value written as it would be in provider.yaml: 100, included, [energy, network]. */
export function yamlPairs(written: string, former: Record<string, unknown> = {}): Record<string, unknown> {
  const [[name, text] = ['', '']] = Object.entries(textPairs(written));
  if (Object.hasOwn(former, name)) throw new InvalidArgumentError(`${name} is given twice.`);
  return { ...former, [name]: valueOf(name, text) };
}

function valueOf(name: string, text: string): unknown {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch {
    throw new InvalidArgumentError(`The value of ${name} is not YAML.`);
  }
  return LISTS.has(name) && typeof value === 'string' ? value.split(',') : value;
}

export function instantOption(written: string): Temporal.Instant {
  const moment = readMoment(written);
  if (moment?.kind !== 'instant') {
    throw new InvalidArgumentError('It must be an RFC 3339 date-time with its offset, such as 2026-11-21T02:00:00Z.');
  }
  return moment.at;
}

export const positive =
  (most: number, whole = true) =>
  (written: string): number => {
    const value = /^\d{1,9}(\.\d{1,3})?$/.test(written) ? Number(written) : NaN;
    if (value > 0 && value <= most && (!whole || Number.isInteger(value))) return value;
    throw new InvalidArgumentError(`It must be a ${whole ? 'whole ' : ''}number above 0, at most ${most}.`);
  };

export function percentage(written: string): number {
  const value = /^\d{1,3}(\.\d{1,3})?$/.test(written) ? Number(written) : NaN;
  if (value <= 100) return value;
  throw new InvalidArgumentError('It must be a percentage from 0 to 100.');
}
