import { z } from 'zod';
import { providerSchema } from '../src/config/pack/provider-schema.ts';
import { sourceTariffSchema } from '../src/tariff/model/provider-tariff.ts';
import { suppliesSchema } from '../src/tariff/supplies-schema.ts';

const describe = (schema: z.ZodType, title: string) => ({
  ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
  title,
});

/** The JSON Schemas in docs/schemas, by file name: of what a provider writes, before our own defaults and rules. */
export const jsonSchemas = (): Record<string, object> => ({
  'provider.schema.json': describe(providerSchema, 'provider.yaml: the provider pack'),
  'supplies.schema.json': describe(suppliesSchema, 'What a supplies source answers'),
  'tariff.schema.json': describe(sourceTariffSchema, 'The canonical tariff, as a source or a mapping gives it'),
});
