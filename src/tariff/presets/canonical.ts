import { z } from 'zod';
import { definePreset } from './preset.ts';
import type { RawTariff } from './raw.ts';

/** The source already speaks the canonical tariff, perhaps in its own units and without what is declared instead. */
export const canonical = definePreset({
  name: 'canonical',
  select: z.strictObject({}),
  facts: {},
  payload: z.looseObject({ tariff: z.looseObject({}) }),
  // Every field is acceptTariff's to judge: it reads this very shape.
  read: (payload) => payload as RawTariff,
});
