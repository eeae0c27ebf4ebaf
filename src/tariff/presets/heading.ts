import { z } from 'zod';
import { DIRECTIONS, STRUCTURES } from '../model/provider-tariff.ts';
import { label } from './fields.ts';
import type { RawTariff } from './raw.ts';

/**
 * What names a tariff and no price feed says. The agreement's words win over all of these; a selector over the
 * format's own.
 */
export const heading = {
  direction: z.enum(DIRECTIONS).optional(),
  structure: z.enum(STRUCTURES).optional(),
  reference: label.optional(),
  display_name: label.optional(),
};

type Heading = z.output<z.ZodObject<typeof heading>>;
type Named = Required<Pick<RawTariff['tariff'], 'provider_tariff_reference' | 'display_name' | 'structure'>> & {
  direction?: string | undefined;
  type?: string;
};

export const headed = (select: Heading, own: Named) => ({
  provider_tariff_reference: select.reference ?? own.provider_tariff_reference,
  display_name: select.display_name ?? own.display_name,
  direction: select.direction ?? own.direction ?? 'IMPORT',
  type: own.type ?? 'COMMODITY',
  structure: select.structure ?? own.structure,
});
