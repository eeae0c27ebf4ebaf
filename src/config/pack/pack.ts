import type { z } from 'zod';
import type { agreementSource, pricesSource, suppliesSource } from './source-schema.ts';

/** A JSONata expression read from the pack. `version` changes exactly when the text does. */
export interface Mapping {
  /** Its path in the pack: `mappings/supplies.jsonata`. */
  name: string;
  version: string;
  expression: string;
}

/** Key material for a source's TLS, in PEM, as read from the files it names. */
export interface TlsMaterial {
  ca?: string;
  cert?: string;
  key?: string;
}

type Loaded<Written> = Written extends unknown
  ? Omit<Written, 'mapping' | 'file' | 'module' | 'tls'> & { at: string; mapping: Mapping | null } & (Written extends {
        source: 'http';
      }
        ? { tls: TlsMaterial | null }
        : Written extends { source: 'book' }
          ? { file: string; content: unknown }
          : { module: string })
  : never;

/** A source with its place in `provider.yaml` (`at`) and its files at hand: `mapping` read, `tls` in PEM, `content` of a book, `module` as absolute path. */
export type SuppliesSource = Loaded<z.output<typeof suppliesSource>>;
export type AgreementSource = Loaded<z.output<typeof agreementSource>>;
export type PricesSource = Loaded<z.output<typeof pricesSource>>;
export type Source = SuppliesSource | AgreementSource | PricesSource;

/** Everything the provider brings, checked and read at start. Paths are absolute and inside `folder`. */
export interface Pack {
  folder: string;
  brand: {
    name: string;
    logo: string | null;
    accent: string | null;
    support_url: string | null;
    terms_url: string | null;
    privacy_url: string | null;
  };
  /** `theme.css` and `locales/` of the pack, where it has them. */
  theme: string | null;
  locales: string | null;
  country: string;
  timezone: string;
  currency: string;
  share: { postal_address: 'full' | 'postcode' | 'none' };
  supplies: SuppliesSource;
  /** Without `agreement`, one call per supply gives everything. */
  tariff: { agreement: AgreementSource | null; prices: PricesSource };
  polling: { max_per_hour: number };
  flatpeak: { submission: Mapping | null };
}
