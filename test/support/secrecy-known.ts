import { readFileSync } from 'node:fs';
import { asRecord, parseJson } from '../../src/base/json.ts';
import type { Environment } from '../../src/config/secrets.ts';
import { SupplyRegister } from '../../src/sandbox/backend/supplies.ts';
import { CUSTOMERS, subjectOf } from '../../src/sandbox/customers.ts';
import type { Canary } from './secrecy-scanner.ts';

/** Which values are secrets or personal data: by the names they travel under, wherever they are met. */

const TOKENS = new Set([
  'access_token',
  'assertion',
  'bearer_token',
  'client_assertion',
  'client_secret',
  'code',
  'code_verifier',
  'connect_token',
  'csrf',
  'device_code',
  'fp_cot',
  'id_token',
  'id_token_hint',
  'logout_token',
  'nonce',
  'refresh_token',
  'request_uri',
  'state',
]);
/** In JSON these are an error's code and a part of an address, unless they are long. */
const AMBIGUOUS = new Set(['code', 'state']);
const LONG = 20;
const OF_SUPPLIES = new Set(['account_id', 'meter_point_id']);
const OF_ADDRESSES = new Set(['address_line1', 'address_line2', 'city', 'post_code', 'label', 'reason_text']);
/** What an ID token says about itself and not about the customer. */
const OF_THE_TOKEN = new Set(
  'iss aud azp acr amr nonce exp iat nbf auth_time at_hash s_hash c_hash sid jti'.split(' '),
);

const SHORTEST_TOKEN = 8;
const SHORTEST_DATUM = 5;
/** A housing association's thousand flats are well represented by some of them. */
const MOST_OF_A_NAME = 300;

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export type Note = (name: string, value: unknown) => void;

/** Everything known so far, each value once. */
export function createKnown() {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const note: Note = (name, value) => {
    const shortest = /^(customer|supply|address):/.test(name) ? SHORTEST_DATUM : SHORTEST_TOKEN;
    if (typeof value !== 'string' || value.length < shortest || names.has(value)) return;
    const count = counts.get(name) ?? 0;
    if (count >= MOST_OF_A_NAME) return;
    counts.set(name, count + 1);
    names.set(value, name);
  };
  return { note, canaries: (): Canary[] => [...names].map(([value, name]) => ({ name, value })) };
}

/** The values of a JSON document, by the names they have in it. */
export function noteJson(note: Note, value: unknown, name = '', inSupplies = false): void {
  const called = snake(name);
  if (typeof value === 'string') {
    if (TOKENS.has(called) && (!AMBIGUOUS.has(called) || value.length >= LONG)) note(`token: ${called}`, value);
    if (called === 'id_token') noteClaims(note, value);
    if (OF_SUPPLIES.has(called) && inSupplies) note(`supply: ${called}`, value);
    if (OF_ADDRESSES.has(called)) note(`address: ${called}`, value);
    if ((called === 'id' && inSupplies) || called === 'supply' || called === 'supply_id') note('supply: id', value);
    if (called === 'subject' || called === 'sub') note('customer: sub', value);
    if (called === 'body') noteJson(note, parseJson(value));
  } else if (Array.isArray(value)) {
    for (const item of value) noteJson(note, item, name, inSupplies);
  } else {
    for (const [key, item] of Object.entries(asRecord(value))) {
      if (called === 'claims') note(`customer: ${key}`, item);
      noteJson(note, item, key, inSupplies || called === 'supplies' || called === 'supply');
    }
  }
}

/** Who an ID token is about. */
function noteClaims(note: Note, token: string): void {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  for (const [name, claim] of Object.entries(asRecord(parseJson(payload)))) {
    if (!OF_THE_TOKEN.has(name)) note(`customer: ${name}`, claim);
  }
}

/** A query or a form. */
export function noteForm(note: Note, text: string): void {
  for (const [name, value] of new URLSearchParams(text)) if (TOKENS.has(name)) note(`token: ${name}`, value);
}

/** `Bearer …`, and what `Basic …` consists of. */
export function noteAuthorization(note: Note, header: string | undefined): void {
  const [scheme = '', credentials = ''] = (header ?? '').split(' ');
  note(`authorization: ${scheme}`, credentials);
  if (scheme !== 'Basic') return;
  const text = Buffer.from(credentials, 'base64').toString();
  note('authorization: password', decodeURIComponent(text.slice(text.indexOf(':') + 1).replaceAll('+', ' ')));
}

const passwordOf = (address: string): string => decodeURIComponent(URL.parse(address)?.password ?? '');
const secretsOf = (list: string): string[] => list.split(',').map((pair) => pair.slice(pair.indexOf(':') + 1));

/** The secrets among a process's variables. */
export function noteEnvironment(note: Note, environment: Environment): void {
  for (const [variable, value = ''] of Object.entries(environment)) {
    const name = `variable: ${variable}`;
    if (variable.endsWith('_KEYS')) for (const secret of secretsOf(value)) note(name, secret);
    else if (/(SECRET|KEY|TOKEN|PASSWORD)$/.test(variable)) note(name, value);
    else if (variable.endsWith('_URL')) note(name, passwordOf(value));
    else if (/(SECRET|KEYS?|KEY_FILE)_FILE$|PRIVATE_KEY_FILE$/.test(variable)) noteKeyFile(note, name, value);
  }
}

/** Of a private key every line of its PEM, or the private member of its JWK. */
function noteKeyFile(note: Note, name: string, file: string): void {
  const text = readFileSync(file, 'utf8').trim();
  const jwk = asRecord(parseJson(text));
  if (typeof jwk.d === 'string') note(name, jwk.d);
  else for (const line of text.split('\n').filter((one) => !one.startsWith('-----'))) note(name, line.trim());
}

/** The people of the sandbox and what they are contracted to. */
export function noteCustomers(note: Note): void {
  for (const customer of CUSTOMERS) {
    note('customer: name', customer.name);
    note('customer: email', customer.email);
    note('customer: customer_number', customer.customerNumber);
    note('customer: sub', subjectOf(customer));
    noteJson(note, { supplies: REGISTER.of(customer.customerNumber)?.slice(0, 10) });
  }
}

const REGISTER = new SupplyRegister(Temporal.Now.plainDateISO());
