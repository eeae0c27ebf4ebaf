import type { Finding } from './explain.ts';
import { optionalEntry, packFile, PackFileProblem, readMapping, readPem, readYaml } from './files.ts';
import type { AgreementSource, Mapping, Pack, PricesSource, SuppliesSource } from './pack.ts';
import type { ProviderYaml } from './provider-schema.ts';
import { sourcesOf, type WrittenSource } from './written.ts';

/** The pack with every file it names read; what cannot be read is added to `findings`. */
export function assemble(folder: string, yaml: ProviderYaml, findings: Finding[]): Pack {
  const attempt = <T>(at: string, read: () => T): T | null => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof PackFileProblem)) throw error;
      findings.push({ path: at, fix: error.message });
      return null;
    }
  };
  const mapping = (at: string, name: string | undefined): Mapping | null =>
    name === undefined ? null : attempt(at, () => readMapping(folder, name));
  const pem = (at: string, name: string | undefined) =>
    name === undefined ? undefined : (attempt(at, () => readPem(folder, name)) ?? undefined);

  const loaded = (at: string, source: WrittenSource): SuppliesSource | AgreementSource | PricesSource => {
    const shaped = { ...source, at, mapping: mapping(`${at}.mapping`, source.mapping) };
    if (shaped.source === 'http') {
      const files = shaped.tls;
      const material = files && {
        ca: pem(`${at}.tls.ca_file`, files.ca_file),
        cert: pem(`${at}.tls.cert_file`, files.cert_file),
        key: pem(`${at}.tls.key_file`, files.key_file),
      };
      const known = material && Object.fromEntries(Object.entries(material).filter(([, text]) => text !== undefined));
      return { ...shaped, tls: known ?? null };
    }
    if (shaped.source === 'book') {
      const content = attempt(`${at}.file`, () => readYaml(folder, shaped.file));
      return { ...shaped, content };
    }
    return { ...shaped, module: attempt(`${at}.module`, () => packFile(folder, shaped.module)) ?? shaped.module };
  };

  const { agreement, agreementAt, prices, pricesAt } = sourcesOf(yaml);
  const { brand } = yaml;
  return {
    folder,
    brand: {
      name: brand.name,
      logo: brand.logo === undefined ? null : attempt('brand.logo', () => packFile(folder, brand.logo ?? '')),
      accent: brand.accent ?? null,
      support_url: brand.support_url ?? null,
      terms_url: brand.terms_url ?? null,
      privacy_url: brand.privacy_url ?? null,
    },
    theme: attempt('theme.css', () => optionalEntry(folder, 'theme.css')),
    locales: attempt('locales', () => optionalEntry(folder, 'locales')),
    country: yaml.country,
    timezone: yaml.timezone,
    currency: yaml.currency,
    share: yaml.share,
    supplies: loaded('supplies', yaml.supplies),
    tariff: {
      agreement: agreement ? (loaded(agreementAt, agreement) as AgreementSource) : null,
      prices: loaded(pricesAt, prices) as PricesSource,
    },
    polling: yaml.polling,
    flatpeak: { submission: mapping('flatpeak.submission', yaml.flatpeak.submission) },
  };
}

/** The problem with a file, or null. */
export function problemOf(read: () => unknown): string | null {
  try {
    read();
    return null;
  } catch (error) {
    if (error instanceof PackFileProblem) return error.message;
    throw error;
  }
}

const FILE_KEYS: Record<string, (folder: string, name: string) => unknown> = {
  logo: packFile,
  module: packFile,
  mapping: readMapping,
  submission: readMapping,
  file: readYaml,
};

/** Files a document names, found by their keys alone: so a misspelt key elsewhere does not hide a missing file. */
export function namedFiles(
  document: unknown,
  path: string[] = [],
): { at: string; read: (folder: string) => unknown }[] {
  if (typeof document !== 'object' || document === null) return [];
  return Object.entries(document).flatMap(([name, value]: [string, unknown]) => {
    const read = FILE_KEYS[name];
    return typeof value === 'string' && read !== undefined
      ? [{ at: [...path, name].join('.'), read: (folder: string) => read(folder, value) }]
      : namedFiles(value, [...path, name]);
  });
}
