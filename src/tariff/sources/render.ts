import { Failure } from '../../base/failure.ts';
import { fillTemplate } from '../../config/pack/template.ts';
import type { SourceContext } from './source.ts';

/** The text behind a placeholder. Throws `source_value_missing` when there is none, for an empty one would ask about everybody. */
export function valueOf(name: string, context: SourceContext): string {
  const value = lookUp(name, context);
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof text === 'string' && text !== '') return text;
  throw new Failure('source_value_missing', { path: name });
}

function lookUp(name: string, context: SourceContext): unknown {
  switch (name) {
    case 'sub':
      return context.sub;
    case 'supply_id':
      return context.supply?.id;
    case 'account_id':
      return context.supply?.account_id;
    case 'meter_point_id':
      return context.supply?.meter_point_id;
    case 'from':
      return context.from?.toString();
    case 'to':
      return context.to?.toString();
  }
  const dot = name.indexOf('.');
  return member(name.startsWith('claims.') ? context.claims : context.agreement, name.slice(dot + 1));
}

/** A claim's name may itself hold dots (`https://example.com/number`), so the whole name is tried before its parts. */
function member(object: unknown, path: string): unknown {
  if (typeof object !== 'object' || object === null) return undefined;
  if (Object.hasOwn(object, path)) return (object as Record<string, unknown>)[path];
  const dot = path.indexOf('.');
  if (dot < 0) return undefined;
  const head = path.slice(0, dot);
  return Object.hasOwn(object, head)
    ? member((object as Record<string, unknown>)[head], path.slice(dot + 1))
    : undefined;
}

/** Fills an address. A value that is a dot segment would climb to another resource (RFC 3986 §5.2.4): refused. */
export function renderUrl(template: string, context: SourceContext): URL {
  const filled = fillTemplate(template, (name) => {
    const value = valueOf(name, context);
    if (value === '.' || value === '..') throw new Failure('source_value_missing', { path: name });
    return encodeURIComponent(value);
  });
  return new URL(filled);
}

/** Fills a text whose parts must stay apart, such as a cache key: `a|b` and `c` never read as `a` and `b|c`. */
export const renderKey = (template: string, context: SourceContext): string =>
  fillTemplate(template, (name) => encodeURIComponent(valueOf(name, context)));

export const renderHeader = (template: string, context: SourceContext): string =>
  fillTemplate(template, (name) => {
    const value = valueOf(name, context);
    if (!/^[\x20-\x7e]*$/.test(value)) throw new Failure('source_value_missing', { path: name });
    return value;
  });

const XML_ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

const ESCAPES = {
  json: (value: string) => JSON.stringify(value).slice(1, -1),
  xml: (value: string) => value.replace(/[&<>"']/g, (character) => XML_ESCAPES[character] ?? ''),
  form: (value: string) => encodeURIComponent(value),
};

/** Fills a request body, each value escaped for the format it is put into. */
export const renderBody = (template: string, format: keyof typeof ESCAPES, context: SourceContext): string =>
  fillTemplate(template, (name) => ESCAPES[format](valueOf(name, context)));
