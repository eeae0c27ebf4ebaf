import { isLocal } from '../../base/this-machine.ts';
import type { Finding } from './explain.ts';
import type { ProviderYaml } from './provider-schema.ts';
import { placeholdersOf } from './template.ts';
import { sourcesOf, type WrittenSource } from './written.ts';

type Step = 'supplies' | 'agreement' | 'prices';

/** Rules of all sources of a pack. */
export function ruleFindings(yaml: ProviderYaml): Finding[] {
  const { agreement, agreementAt, prices, pricesAt } = sourcesOf(yaml);
  return [
    ...sourceFindings('supplies', yaml.supplies, 'supplies', false),
    ...(agreement ? sourceFindings('agreement', agreement, agreementAt, false) : []),
    ...sourceFindings('prices', prices, pricesAt, agreement !== undefined),
  ];
}

/**
 * Rules between the fields of a source: which placeholders its step can fill, and that a shared answer depends on
 * nothing but its key. All of them are known at start, so none waits for a customer to be found.
 */
function sourceFindings(step: Step, source: WrittenSource, at: string, hasAgreement: boolean): Finding[] {
  const findings: Finding[] = [];
  const say = (field: string, fix: string) => findings.push({ path: `${at}.${field}`, fix });

  for (const { field, text } of templatesOf(source)) {
    for (const name of placeholdersOf(text)) {
      const problem = fillable(step, name, field === 'key', hasAgreement) ?? sharedOnly(step, source, name, field);
      if (problem) say(field, `holds {${name}}, ${problem}`);
    }
  }
  const shared = step === 'prices' && 'key' in source && source.key !== undefined;
  if (shared && asksAsCustomer(source)) {
    say('auth.type', 'customer_token gives one customer’s answer, which key would share with others; leave one out');
  }
  if (source.source === 'http') {
    if (typeof source.body === 'string' && placeholdersOf(source.body).length > 0 && !bodyFormat(source.headers)) {
      say(
        'body',
        'has placeholders, so headers must hold a content-type of JSON, XML or form, which says how to escape them',
      );
    }
  }
  return findings;
}

/** Whether a source is asked with the customer's own access token. */
export const asksAsCustomer = (source: { source: string; auth?: { type: string } | undefined }): boolean =>
  source.auth?.type === 'customer_token';

/** What a body is written in, from its content type; null when its values could not be escaped safely. */
export function bodyFormat(headers: Record<string, string>): 'json' | 'xml' | 'form' | null {
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  if (/^application\/(?:[\w.+-]*\+)?json\b/i.test(type)) return 'json';
  if (/^(?:application|text)\/(?:[\w.+-]*\+)?xml\b/i.test(type)) return 'xml';
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) return 'form';
  return null;
}

function templatesOf(source: WrittenSource): { field: string; text: string }[] {
  const key = 'key' in source && source.key !== undefined ? [{ field: 'key', text: source.key }] : [];
  if (source.source !== 'http') return key;
  const headers = Object.entries(source.headers).map(([name, text]) => ({ field: `headers.${name}`, text }));
  const body = source.body === undefined ? [] : [{ field: 'body', text: textOf(source.body) }];
  return [{ field: 'url', text: source.url }, ...headers, ...body, ...key];
}

const textOf = (body: string | Record<string, unknown>) => (typeof body === 'string' ? body : JSON.stringify(body));

function fillable(step: Step, name: string, isKey: boolean, hasAgreement: boolean): string | null {
  if (name === 'sub' || name.startsWith('claims.')) return null;
  if (step === 'supplies') return 'which is not known before a supply is; use {sub} or {claims.NAME}';
  if (name === 'from' || name === 'to') {
    if (step === 'agreement') return 'which belongs to prices';
    return isKey ? 'which is added to the key by itself; leave it out' : null;
  }
  if (!name.startsWith('agreement.')) return null;
  return step === 'prices' && hasAgreement ? null : 'which needs an agreement step before it';
}

/** One customer's answer must never be another's: prices under a key may depend on the key's placeholders alone. */
function sharedOnly(step: Step, source: WrittenSource, name: string, field: string): string | null {
  if (step !== 'prices' || source.source !== 'http' || field === 'key' || name === 'from' || name === 'to') return null;
  if (!('key' in source) || source.key === undefined || placeholdersOf(source.key).includes(name)) return null;
  return 'which its key does not hold, so supplies would be given each other’s prices; add it to key';
}

/** Sources inside the provider's own network may speak http; it is said, because credentials travel with it. */
export function plainAddresses(yaml: ProviderYaml): Finding[] {
  const { agreement, agreementAt, prices, pricesAt } = sourcesOf(yaml);
  const placed: [string, WrittenSource | undefined][] = [
    ['supplies', yaml.supplies],
    [agreementAt, agreement],
    [pricesAt, prices],
  ];
  return placed.flatMap(([at, source]) => {
    if (source?.source !== 'http') return [];
    const tokenUrl = source.auth.type === 'client_credentials' ? source.auth.token_url : undefined;
    const addresses: [string, string | undefined][] = [
      [`${at}.url`, source.url],
      [`${at}.auth.token_url`, tokenUrl],
    ];
    return addresses
      .filter(([, address]) => {
        const url = address === undefined ? null : URL.parse(address);
        return url?.protocol === 'http:' && !isLocal(url);
      })
      .map(([path]) => ({ path, fix: 'is plain http: personal data and credentials cross your network unencrypted' }));
  });
}
