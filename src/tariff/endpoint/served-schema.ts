import { z } from 'zod';
import {
  coverageSchema,
  providerTariffSchema,
  scheduleSchema,
  tierSchema,
  WEEKDAYS,
} from '../model/provider-tariff.ts';

const { tariff, contract } = providerTariffSchema.shape;
const daysAndHours = scheduleSchema.shape.schedule.element.shape.days_and_hours.element.shape;
const instant = coverageSchema.shape.from;
const bound = scheduleSchema.shape.valid_from;
const price = tariff.shape.prices.unwrap().element.shape.price;

/**
 * The schemas whose values leave in another form than they may come in, and what they are when they leave: JSON Schema
 * cannot follow a transformation. They are found by being the very same object wherever they are used.
 */
const LEAVING = new Map<unknown, Record<string, unknown>>([
  [instant, { type: 'string', format: 'date-time', description: 'An instant in UTC.' }],
  [bound, { type: 'string', format: 'date-time', description: 'An instant with its offset.' }],
  [daysAndHours.days.element, { type: 'string', enum: ['All', 'Weekday', 'Weekend', ...WEEKDAYS] }],
]);

/** What a reader must know of a value and its name does not say. */
const MEANINGS = new Map<unknown, string>([
  [contract, 'The agreement in force; without an end, until further notice.'],
  [tariff.shape.vat, 'Whether prices hold VAT, and its rate for this supply (0.05 for 5 %).'],
  [tariff.shape.price_includes, 'What is inside a price: energy, network, levies, taxes …'],
  [tariff.shape.schedules, 'Rates by month, day and time of day; consecutive, never overlapping.'],
  [tariff.shape.prices, 'Half-open, ascending. Where both exist, prices win over schedules as far as they reach.'],
  [tariff.shape.standing_charge.unwrap().shape.value, 'Major currency units per day.'],
  [tariff.shape.not_expressed, 'Charges and discounts that this document cannot say.'],
  [daysAndHours.hours.element.shape.valid_from, 'Wall clock of the tariff’s zone; 00:00:00 as an end means midnight.'],
  [tierSchema.shape.value, 'Major currency units per kWh, never rounded.'],
  [tierSchema.shape.to_kwh, 'Cumulative threshold within the tier period; null on the last tier.'],
  [price.shape.value, 'Major currency units per kWh, never rounded.'],
  [price.shape.confidence, 'Below 1: an estimate.'],
  [coverageSchema, 'How much of the next 24 hours is known.'],
  [coverageSchema.shape.last_good, 'The provider’s system is down; this is what it last said.'],
]);

/** A schema of ours as JSON Schema (2020-12) of what the adapter sends. */
export function jsonSchemaOf(schema: z.ZodType): Record<string, unknown> {
  const described = z.toJSONSchema(schema, {
    io: 'output',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      Object.assign(jsonSchema, LEAVING.get(zodSchema));
      const meaning = MEANINGS.get(zodSchema);
      if (meaning !== undefined) jsonSchema.description = meaning;
      // A default is for who sends; what is sent holds every value.
      delete jsonSchema.default;
    },
  });
  // An OpenAPI document is in one dialect throughout.
  return Object.fromEntries(Object.entries(described).filter(([name]) => name !== '$schema'));
}
