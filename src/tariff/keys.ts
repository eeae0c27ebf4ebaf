import { placeholdersOf } from '../config/pack/template.ts';
import { sha256 } from './sources/document.ts';
import { renderKey, valueOf } from './sources/render.ts';
import type { SourceContext } from './sources/source.ts';

/** Which answers are the same answer: digests of everything the question depends on. */

export const agreementKey = ({ sub, claims, supply }: SourceContext): string =>
  sha256(JSON.stringify(['agreement', sub, claims, supply]));

/** By the pack's `key`, shared by every supply for which it comes out the same; without one, per supply. */
export const pricesKey = (template: string | undefined, context: SourceContext): string =>
  template === undefined
    ? sha256(JSON.stringify(['prices', context.sub, context.claims, context.supply, context.agreement]))
    : sha256(JSON.stringify(['prices by key', renderKey(template, context)]));

/**
 * What a question for shared prices may know: the values its key names and no others, so that no mapping and no module
 * can put one customer's data into an answer another customer gets.
 */
export function sharedContext(template: string, context: SourceContext): SourceContext {
  const names = placeholdersOf(template);
  const value = (name: string) => (names.includes(name) ? valueOf(name, context) : null);
  const members = (prefix: string) =>
    Object.fromEntries(
      names
        .filter((name) => name.startsWith(prefix))
        .map((name) => [name.slice(prefix.length), valueOf(name, context)] as const),
    );
  return {
    sub: value('sub') ?? '',
    claims: members('claims.'),
    supply: {
      id: value('supply_id') ?? '',
      account_id: value('account_id'),
      meter_point_id: value('meter_point_id'),
    },
    agreement: members('agreement.'),
    ...(context.from && { from: context.from }),
    ...(context.to && { to: context.to }),
  };
}
