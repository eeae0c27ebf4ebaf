/** Looks for values that must not be where they are, in every form in which they could have got there. */

/** Something that must not be found: `name` is what a failing test says, never the value. */
export interface Canary {
  name: string;
  value: string;
}

export interface Hit {
  name: string;
  form: string;
  /** What stood around it, with every canary in it blanked. */
  excerpt: string;
}

interface Needle {
  name: string;
  form: string;
  bytes: Buffer;
  /** Short ones count only as whole words: a few letters also turn up in random identifiers. */
  wholeWord: boolean;
}

const SHORTEST = 5;
const SHORT = 12;
const MOST_HITS = 20;
const AROUND = 60;

/** The part of a value's base64 that is the same wherever in a longer text, at this offset of three, it stands. */
function base64Core(value: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
  return bytes.toString('base64').slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
}

const asciiJson = (text: string): string =>
  text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

const HTML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };
const asHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => HTML[character] ?? character);

/** Every way a value may be written; equal ones once, and none that says too little. */
export function formsOf(value: string): Map<string, string> {
  const json = JSON.stringify(value).slice(1, -1);
  const percent = encodeURIComponent(value);
  const base64 = [0, 1, 2].map((offset) => base64Core(value, offset)).filter((core) => core.length >= SHORT);
  const written: [form: string, text: string][] = [
    ['raw', value],
    ['JSON-escaped', json],
    ['JSON-escaped', asciiJson(json)],
    ['JSON-escaped twice', JSON.stringify(json).slice(1, -1)],
    ['HTML-escaped', asHtml(value)],
    ['HTML-escaped', asHtml(value).replaceAll('&#34;', '&quot;').replaceAll('&#39;', '&#x27;')],
    ['percent-encoded', percent],
    ['percent-encoded', percent.replaceAll('%20', '+')],
    ['percent-encoded', percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())],
    ['percent-encoded twice', encodeURIComponent(percent)],
    ...base64.map((core): [string, string] => ['base64', core]),
    ...base64.map((core): [string, string] => ['base64url', core.replaceAll('+', '-').replaceAll('/', '_')]),
    ['hex', Buffer.from(value).toString('hex')],
  ];
  const forms = new Map<string, string>();
  for (const [form, text] of written) {
    if (text.length >= SHORTEST && !forms.has(text)) forms.set(text, form);
  }
  return forms;
}

const needlesOf = ({ name, value }: Canary): Needle[] =>
  [...formsOf(value)].map(([text, form]) => ({
    name,
    form,
    bytes: Buffer.from(text),
    wholeWord: text.length < SHORT,
  }));

const BITS = 20;
// Looking up a global is slow in the test runner, and this is done for every byte.
const { imul } = Math;
/** The first four bytes of a needle, spread over the filter. */
const slotOf = (key: number): number => imul(key, 0x9e3779b1) >>> (32 - BITS);
const isWordByte = (byte: number | undefined): boolean =>
  byte !== undefined && /[A-Za-z0-9_-]/.test(String.fromCharCode(byte));

/**
 * Made once for many canaries, then quick over megabytes: a filter over four bytes at a time says where a needle may
 * begin, and only there the needles are compared.
 */
export function createScanner(canaries: readonly Canary[]): (haystack: string | Buffer) => Hit[] {
  const filter = new Uint8Array(1 << BITS);
  const byStart = new Map<number, Needle[]>();
  for (const needle of canaries.flatMap(needlesOf)) {
    const key = needle.bytes.readInt32BE(0);
    filter[slotOf(key)] = 1;
    const others = byStart.get(key);
    if (others) others.push(needle);
    else byStart.set(key, [needle]);
  }

  const isAt = (bytes: Buffer, at: number, { bytes: wanted, wholeWord }: Needle): boolean => {
    const end = at + wanted.length;
    if (end > bytes.length || bytes.compare(wanted, 0, wanted.length, at, end) !== 0) return false;
    return !wholeWord || !(isWordByte(bytes[at - 1]) || isWordByte(bytes[end]));
  };

  return (haystack) => {
    const bytes = typeof haystack === 'string' ? Buffer.from(haystack) : haystack;
    const found: { needle: Needle; at: number }[] = [];
    let key = 0;
    for (let end = 0; end < bytes.length; end += 1) {
      key = (key << 8) | (bytes[end] ?? 0);
      if (end < 3 || filter[slotOf(key)] === 0) continue;
      const at = end - 3;
      for (const needle of byStart.get(key) ?? []) if (isAt(bytes, at, needle)) found.push({ needle, at });
    }
    return hitsOf(bytes, found);
  };
}

/** Each canary once in each form. */
function hitsOf(bytes: Buffer, found: readonly { needle: Needle; at: number }[]): Hit[] {
  const first = new Map<string, Hit>();
  for (const { needle, at } of found) {
    const { name, form } = needle;
    const key = `${name} ${form}`;
    if (first.has(key) || first.size >= MOST_HITS) continue;
    first.set(key, { name, form, excerpt: excerptOf(bytes, at, needle.bytes.length, found) });
  }
  return [...first.values()];
}

function excerptOf(
  bytes: Buffer,
  at: number,
  length: number,
  found: readonly { needle: Needle; at: number }[],
): string {
  const from = Math.max(0, at - AROUND);
  const window = Buffer.from(bytes.subarray(from, at + length + AROUND));
  for (const other of found) {
    const start = Math.max(0, other.at - from);
    const end = Math.min(window.length, other.at + other.needle.bytes.length - from);
    if (start < end) window.fill('*', start, end);
  }
  return window.toString('latin1').replace(/[^\x20-\x7e]+/g, '·');
}
