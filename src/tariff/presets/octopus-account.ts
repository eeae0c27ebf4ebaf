import { z } from 'zod';
import { DIRECTIONS } from '../model/provider-tariff.ts';
import { theOneInForce } from './agreements.ts';
import { instant, label } from './fields.ts';
import { defineAgreement, refuse, refuseSelect } from './preset.ts';

/**
 * Octopus (Kraken) REST `GET /v1/accounts/{number}/`: agreements per electricity meter point of every property, as
 * instants with mixed offsets, with rows of zero length where a change was undone. Import and export are meter points
 * of their own. A property moved out of is nobody's supply any more. The agreement that comes next, once signed, is
 * told as `following`, an agreement like this one.
 */
export const octopusAccount = defineAgreement({
  name: 'octopus-account',
  select: z.strictObject({
    /** The MPAN, where the account has several. */
    meter_point: label.optional(),
    direction: z.enum(DIRECTIONS).default('IMPORT'),
  }),
  payload: z.looseObject({
    properties: z.array(
      z.looseObject({
        moved_out_at: instant.nullish(),
        electricity_meter_points: z.array(
          z.looseObject({
            mpan: z.string(),
            is_export: z.boolean().default(false),
            agreements: z.array(
              z.looseObject({ tariff_code: z.string(), valid_from: instant, valid_to: instant.nullish() }),
            ),
          }),
        ),
      }),
    ),
  }),
  read({ properties }, { meter_point, direction }, { now }) {
    const meters = properties
      .flatMap((property, p) =>
        isLeft(property.moved_out_at, now)
          ? []
          : property.electricity_meter_points.map((meter, m) => ({
              meter,
              path: ['properties', p, 'electricity_meter_points', m],
            })),
      )
      .filter(({ meter }) => meter.is_export === (direction === 'EXPORT'))
      .filter(({ meter }) => meter_point === undefined || meter.mpan === meter_point);
    const [only, ...others] = meters;
    if (only === undefined) {
      return meter_point === undefined
        ? refuse('no_meter_point', ['properties'], `no meter point for ${direction}`)
        : refuseSelect('selects_nothing', 'meter_point', `no such meter point for ${direction}`);
    }
    if (others.length > 0) {
      return refuseSelect('several_meter_points', 'meter_point', `${meters.length} meter points for ${direction}`);
    }
    const agreements = only.meter.agreements.map(({ tariff_code, valid_from, valid_to }, index) => ({
      tariff_code,
      from: valid_from,
      to: valid_to ?? null,
      path: [...only.path, 'agreements', index],
    }));
    const current = theOneInForce(agreements, now, [...only.path, 'agreements']);
    const product = productOf(current.tariff_code);
    if (!product) return refuse('unknown_value', [...current.path, 'tariff_code'], 'an electricity tariff, E-1R-…');
    const following = nextAfter(current, agreements, direction);
    return { ...agreementIn(current, product, direction), ...(following && { following }) };
  },
});

const isLeft = (movedOut: string | null | undefined, now: Temporal.Instant): boolean =>
  movedOut != null && Temporal.Instant.compare(movedOut, now) <= 0;

const isSame = (left: string, right: string | null): boolean =>
  right !== null && Temporal.Instant.compare(left, right) === 0;

interface Agreement {
  tariff_code: string;
  from: string;
  to: string | null;
}

/** Several that begin at the end of this one, or a code nobody can read, are left to be asked about once they hold. */
function nextAfter({ to }: Agreement, agreements: readonly Agreement[], direction: string) {
  const [next, ...others] = agreements.filter((each) => isSame(each.from, to) && !isSame(each.from, each.to));
  const product = next && others.length === 0 ? productOf(next.tariff_code) : null;
  return next && product && agreementIn(next, product, direction);
}

const agreementIn = ({ tariff_code, from, to }: Agreement, product: Record<string, string>, direction: string) => ({
  contract: { start_date: from, end_date: to },
  tariff: { provider_tariff_reference: tariff_code, direction },
  direction,
  tariff_code,
  ...product,
});

/** `E-1R-AGILE-24-10-01-A`: fuel, number of registers, product, distribution region. */
function productOf(tariffCode: string): Record<string, string> | null {
  const parts = /^E-(?<registers>[12])R-(?<product>.+)-(?<region>[A-P])$/.exec(tariffCode)?.groups;
  return parts ? { ...parts } : null;
}
