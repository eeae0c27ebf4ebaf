import { z } from 'zod';
import { theOneInForce } from './agreements.ts';
import { decimal, instant, label } from './fields.ts';
import { headed, heading } from './heading.ts';
import { definePreset, refuse } from './preset.ts';
import type { RawMoney, RawRow, RawSchedule, RawTier } from './raw.ts';
import { DAY, everyDay, window, withinDay } from './windows.ts';

/**
 * Kraken GraphQL in Germany: agreements stand under the market locations (MaLo) of each property. Cents per kWh in
 * strings, gross and perhaps net. By `__typename` of the rate information: one rate; or rates by times of the day,
 * which may wrap over midnight. A dynamic product has a forecast of its own, interval by interval, which then holds.
 */
const TIME = /^(([01]\d|2[0-3]):[0-5]\d|24:00):00$/;
const clock = z.string().regex(TIME, { error: 'a time of day as HH:MM:00' });

const amounts = { latestGrossUnitRateCentsPerKwh: decimal.nullish(), netUnitRateCentsPerKwh: decimal.nullish() };
type Amounts = z.output<z.ZodObject<typeof amounts>>;

const timeslot = z.looseObject({
  ...amounts,
  timeslotActivationRules: z.array(z.looseObject({ activeFromTime: clock, activeToTime: clock })).min(1),
});
const rateInformation = z.looseObject({
  __typename: z.enum(['SimpleProductUnitRateInformation', 'TimeOfUseProductUnitRateInformation']),
  ...amounts,
  rates: z.array(timeslot).nullish(),
});
type RateInformation = z.output<typeof rateInformation>;

const agreement = z.looseObject({
  validFrom: instant,
  validTo: instant.nullish(),
  isRevoked: z.boolean().nullish(),
  product: z.looseObject({ code: z.string(), displayName: z.string().nullish(), fullName: z.string().nullish() }),
  unitRateInformation: rateInformation.nullish(),
  unitRateForecast: z
    .array(z.looseObject({ validFrom: instant, validTo: instant, unitRateInformation: rateInformation }))
    .nullish(),
});

const malo = z.looseObject({ maloNumber: z.string().nullish(), agreements: z.array(agreement) });
const properties = z.array(z.looseObject({ electricityMalos: z.array(malo) }));

export const krakenGraphqlDe = definePreset({
  name: 'kraken-graphql-de',
  select: z
    .strictObject({
      ...heading,
      /** The market location's number, where the account has several. */
      meter_point: label.optional(),
    })
    .omit({ direction: true }),
  facts: { price_divisor: 100, vat: 'included', interval_end: 'open' },
  usual: { vat_rate: 0.19, currency: 'EUR', timezone: 'Europe/Berlin' },
  payload: z.looseObject({ data: z.looseObject({ account: z.looseObject({ properties }) }) }),
  read({ data: { account } }, selected, { now }) {
    const root = ['data', 'account', 'properties'];
    const agreements = account.properties.flatMap(({ electricityMalos }, p) =>
      electricityMalos.flatMap(({ maloNumber, agreements: list }, m) =>
        selected.meter_point !== undefined && maloNumber !== selected.meter_point
          ? []
          : list.map((each, a) => ({
              ...each,
              from: each.validFrom,
              to: each.validTo ?? null,
              path: [...root, p, 'electricityMalos', m, 'agreements', a],
            })),
      ),
    );
    const found = theOneInForce(
      agreements.filter(({ isRevoked }) => isRevoked !== true),
      now,
      root,
    );
    const { product, unitRateForecast, unitRateInformation, path } = found;
    const rates = unitRateForecast?.length
      ? { structure: 'DYNAMIC', prices: forecast(unitRateForecast, [...path, 'unitRateForecast']) }
      : standing(unitRateInformation, found.from, [...path, 'unitRateInformation']);
    const { structure, ...told } = rates;
    return {
      contract: { start_date: found.from, end_date: found.to },
      tariff: {
        ...headed(selected, {
          provider_tariff_reference: product.code,
          display_name: product.displayName ?? product.fullName ?? product.code,
          structure,
        }),
        ...told,
      },
    };
  },
});

type Forecast = NonNullable<z.output<typeof agreement>['unitRateForecast']>;

function forecast(intervals: Forecast, path: readonly PropertyKey[]): RawRow[] {
  return intervals.map(({ validFrom, validTo, unitRateInformation }, index) => ({
    valid_from: validFrom,
    valid_to: validTo,
    price: moneyOf(
      // An interval has one rate, whichever way it is wrapped.
      unitRateInformation.rates?.length === 1 ? unitRateInformation.rates[0] : unitRateInformation,
      [...path, index, 'unitRateInformation'],
    ),
  }));
}

function standing(
  information: RateInformation | null | undefined,
  from: string,
  path: readonly PropertyKey[],
): { structure: string; schedules: RawSchedule[] } {
  if (!information) return refuse('missing', path, 'neither a forecast nor rates');
  const schedule = (hours: ReturnType<typeof window>[]) => [
    { valid_from: from, valid_to: null, schedule: everyDay(hours) },
  ];
  if (information.__typename === 'SimpleProductUnitRateInformation') {
    const rate: RawTier[] = [moneyOf(information, path)];
    return { structure: 'FIXED', schedules: schedule([window({ from: 0, to: DAY }, rate)]) };
  }
  const slots = information.rates ?? refuse('missing', [...path, 'rates'], 'required');
  const hours = slots.flatMap((slot, index) =>
    slot.timeslotActivationRules.flatMap(({ activeFromTime, activeToTime }) =>
      withinDay({ from: minutes(activeFromTime) % DAY, to: minutes(activeToTime) }).map((part) =>
        window(part, [moneyOf(slot, [...path, 'rates', index])]),
      ),
    ),
  );
  return { structure: 'TIME_OF_DAY', schedules: schedule(hours) };
}

const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

function moneyOf(amount: Amounts | undefined, path: readonly PropertyKey[]): RawMoney {
  const { latestGrossUnitRateCentsPerKwh: gross, netUnitRateCentsPerKwh: net } = amount ?? {};
  return {
    value_inc_vat: gross ?? refuse('missing', [...path, 'latestGrossUnitRateCentsPerKwh'], 'required'),
    value_exc_vat: net ?? undefined,
  };
}
