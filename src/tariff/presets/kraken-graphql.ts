import { z } from 'zod';
import { DIRECTIONS } from '../model/provider-tariff.ts';
import { theOneInForce } from './agreements.ts';
import { clockTime, decimal, instant, label } from './fields.ts';
import { headed, heading } from './heading.ts';
import { definePreset, refuse, refuseSelect } from './preset.ts';
import type { RawMoney, RawTariff, RawTier } from './raw.ts';
import { everyDay, twoRates, window } from './windows.ts';

/**
 * Kraken GraphQL (GB): `account.electricityAgreements`, import and export and history in one list in no useful order,
 * each with its meter point and its tariff, whose `__typename` says what its rates are. Pence per kWh with VAT, and
 * without it where `preVat…` was asked for. Contract and prices come together; no agreement step is needed.
 */
const select = z.strictObject({
  ...heading,
  direction: z.enum(DIRECTIONS).default('IMPORT'),
  /** The MPAN, where the account has several of this direction. */
  meter_point: label.optional(),
  /** Hours of a day and night tariff, which the interface does not hold (local time of the declared zone). */
  night_from: clockTime.optional(),
  night_to: clockTime.optional(),
});
type Select = z.output<typeof select>;

const amount = decimal.nullish();

const tariff = z.looseObject({
  __typename: z.string(),
  displayName: z.string().nullish(),
  tariffCode: z.string().nullish(),
  isExport: z.boolean().nullish(),
  standingCharge: amount,
  preVatStandingCharge: amount,
  unitRate: amount,
  preVatUnitRate: amount,
  dayRate: amount,
  preVatDayRate: amount,
  nightRate: amount,
  preVatNightRate: amount,
  unitRates: z
    .array(z.looseObject({ validFrom: instant, validTo: instant.nullish(), value: decimal, preVatValue: amount }))
    .nullish(),
});
type Tariff = z.output<typeof tariff>;

const agreement = z.looseObject({
  validFrom: instant,
  validTo: instant.nullish(),
  meterPoint: z.looseObject({ mpan: z.string().nullish(), direction: z.enum(DIRECTIONS).nullish() }).nullish(),
  tariff,
});

const LIST = ['data', 'account', 'electricityAgreements'];

export const krakenGraphql = definePreset({
  name: 'kraken-graphql',
  select,
  facts: { price_divisor: 100, standing_charge_divisor: 100, vat: 'included', interval_end: 'open' },
  usual: { vat_rate: 0.05, currency: 'GBP', timezone: 'Europe/London' },
  payload: z.looseObject({
    data: z.looseObject({ account: z.looseObject({ electricityAgreements: z.array(agreement) }) }),
  }),
  read({ data: { account } }, selected, { now }) {
    const found = theOneInForce(
      account.electricityAgreements
        .map((each, index) => ({
          ...each,
          from: each.validFrom,
          to: each.validTo ?? null,
          direction: directionOf(each),
          path: [...LIST, index],
        }))
        .filter(({ meterPoint, direction }) =>
          selected.meter_point === undefined
            ? direction === undefined || direction === selected.direction
            : meterPoint?.mpan === selected.meter_point && (direction ?? selected.direction) === selected.direction,
        ),
      now,
      LIST,
    );
    const path = [...found.path, 'tariff'];
    if (found.direction === undefined && selected.meter_point === undefined) {
      return refuse('direction_unknown', path, 'import or export? Ask for isExport, or select the meter point');
    }
    const { displayName, tariffCode, standingCharge, preVatStandingCharge } = found.tariff;
    const charge = moneyOf(standingCharge, preVatStandingCharge);
    const { structure, rates } = ratesOf(found.tariff, found.from, selected, path);
    return {
      contract: { start_date: found.from, end_date: found.to },
      tariff: {
        ...headed(selected, {
          provider_tariff_reference: tariffCode ?? found.tariff.__typename,
          display_name: displayName ?? tariffCode ?? found.tariff.__typename,
          structure,
        }),
        ...rates,
        ...(charge && { standing_charge: charge }),
      },
    };
  },
});

const directionOf = ({ meterPoint, tariff: { isExport } }: z.output<typeof agreement>) =>
  meterPoint?.direction ?? (isExport == null ? undefined : isExport ? 'EXPORT' : 'IMPORT');

interface Rates {
  structure: string;
  rates: Pick<RawTariff['tariff'], 'prices' | 'schedules'>;
}

function ratesOf(held: Tariff, from: string, selected: Select, path: readonly PropertyKey[]): Rates {
  const rate = (
    name: 'unitRate' | 'dayRate' | 'nightRate',
    preVat: 'preVatUnitRate' | 'preVatDayRate' | 'preVatNightRate',
  ): RawTier[] => [moneyOf(held[name], held[preVat]) ?? refuse('missing', [...path, name], 'required')];
  const always = (schedule: ReturnType<typeof everyDay>) => ({
    schedules: [{ valid_from: from, valid_to: null, schedule }],
  });
  switch (held.__typename) {
    case 'StandardTariff':
    case 'PrepayTariff':
      return {
        structure: 'FIXED',
        rates: always(everyDay([window({ from: 0, to: 1440 }, rate('unitRate', 'preVatUnitRate'))])),
      };
    case 'DayNightTariff': {
      const { night_from, night_to } = selected;
      if (night_from === undefined || night_to === undefined || night_from === night_to) {
        return refuseSelect('missing', 'night_from', 'the rates do not hold their hours: give night_from and night_to');
      }
      const night = rate('nightRate', 'preVatNightRate');
      return {
        structure: 'TIME_OF_DAY',
        rates: always(twoRates({ from: night_from, to: night_to }, night, rate('dayRate', 'preVatDayRate'))),
      };
    }
    case 'HalfHourlyTariff':
      return {
        structure: 'DYNAMIC',
        rates: {
          prices: (held.unitRates ?? refuse('missing', [...path, 'unitRates'], 'required')).map((each) => ({
            valid_from: each.validFrom,
            valid_to: each.validTo ?? null,
            price: moneyOf(each.value, each.preVatValue) ?? {},
          })),
        },
      };
    default:
      return refuse(
        'unknown_value',
        [...path, '__typename'],
        'StandardTariff, PrepayTariff, DayNightTariff or HalfHourlyTariff: others hold rates without their hours',
      );
  }
}

const moneyOf = (
  included: number | string | null | undefined,
  excluded: number | string | null | undefined,
): RawMoney | undefined =>
  included == null ? undefined : { value_inc_vat: included, value_exc_vat: excluded ?? undefined };
