import type { ProviderYaml } from './provider-schema.ts';

/** A source as `provider.yaml` holds it, of any step. */
export type WrittenSource = ProviderYaml['supplies'] | Extract<ProviderYaml['tariff'], { source: string }>;

/** The sources with the place each has in the file. */
export function sourcesOf(yaml: ProviderYaml) {
  const { tariff } = yaml;
  const single = 'source' in tariff;
  return {
    agreement: single ? undefined : tariff.agreement,
    agreementAt: 'tariff.agreement',
    prices: single ? tariff : tariff.prices,
    pricesAt: single ? 'tariff' : 'tariff.prices',
  };
}
