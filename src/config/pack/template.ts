/**
 * Placeholders in a pack's addresses, headers, bodies and keys: `{sub}`, `{supply_id}`, `{claims.NAME}` and the
 * like. Braces are also JSON's and GraphQL's own, so outside addresses anything but these names is plain text.
 */
const NAMES = String.raw`sub|supply_id|account_id|meter_point_id|from|to|(?:claims|agreement)\.[^{}\s"]+`;

const placeholder = () => new RegExp(String.raw`\{(${NAMES})\}`, 'g');

/** Names of the placeholders in a text, each once, in their order. */
export function placeholdersOf(text: string): string[] {
  return [...new Set([...text.matchAll(placeholder())].map((match) => match[1] ?? ''))];
}

/** Replaces every placeholder by what `valueOf` gives for its name. */
export function fillTemplate(text: string, valueOf: (name: string) => string): string {
  return text.replace(placeholder(), (_, name: string) => valueOf(name));
}

/** Brace groups that are no placeholder; in an address they are spelling mistakes. */
export function strayBraces(text: string): string[] {
  return fillTemplate(text, () => '').match(/\{[^{}]*\}?|\}/g) ?? [];
}
