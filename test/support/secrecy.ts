import { randomBytes } from 'node:crypto';
import { readFileSync, existsSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseJson } from '../../src/base/json.ts';
import { outbound, type Outbound } from '../../src/base/outbound.ts';
import type { Environment } from '../../src/config/secrets.ts';
import type { Services } from '../../src/services.ts';
import { createSealer, type Sealer } from '../../src/store/sealing.ts';
import type { Tables } from '../../src/store/tables.ts';
import {
  createKnown,
  noteAuthorization,
  noteCustomers,
  noteEnvironment,
  noteForm,
  noteJson,
  type Note,
} from './secrecy-known.ts';
import { createScanner, type Hit } from './secrecy-scanner.ts';

/** A text or file that an outsider, or an operator, may come to read. */
export interface Place {
  name: string;
  content: string | Buffer;
  /** Canaries that belong here, by their names; few, and each with its reason. */
  belongs?: RegExp;
}

/** What of a customer and a visit may be on a page, by its step. Everything else may be on none. */
const ON_PAGES: [steps: RegExp, belongs: RegExp, why: string][] = [
  [/./, /^token: csrf$/, 'every form carries it'],
  [/./, /^shown: /, 'planted by a test to be read there'],
  [/^redirecting$/, /^token: (state|nonce|request_uri)$/, 'the authorization request, which the browser is to send'],
  [/^(supply|consent|error)$/, /^address: /, 'the customer’s own contracts, to choose from and agree to'],
  [/^(connections|receipt|stop)$/, /^address: /, 'what the customer has agreed to'],
];

export interface Secrecy {
  /** A value that nobody else has, to be put where an outsider could put it; `shown` where pages are its place. */
  plant(name: string, shown?: 'shown'): string;
  /** Tells of a value that a test has come to know. */
  known: Note;
  /** Learns from everything the adapter says to other systems and hears from them. */
  overhearing(send?: Outbound): Outbound;
  /** Learns from what browsers and pollers bring, and keeps what they are answered. */
  watch(server: Server): void;
  /** Takes a copy of what an instance's metrics say and its database holds, and learns what lies sealed in it. */
  lookInto(services: Pick<Services, 'config' | 'database' | 'metrics'>): Promise<void>;
  /** Adds something that was written. */
  place(place: Place): void;
  /** Throws with the name of every canary that is where it does not belong, and the place. */
  verify(): void;
}

export function createSecrecy(environment: Environment): Secrecy {
  const { note, canaries } = createKnown();
  const places: Place[] = [];
  /** Looked through at the end: a test's own time is not spent on it. */
  const heard: (() => void)[] = [];
  const unread: unknown[] = [];
  noteEnvironment(note, environment);
  noteCustomers(note);

  return {
    plant: (name, shown) => {
      const value = `${name.replaceAll(/[^a-z]+/gi, '-')}-${randomBytes(9).toString('hex')}`;
      note(`${shown ?? 'planted'}: ${name}`, value);
      return value;
    },

    known: note,

    overhearing:
      (send = outbound) =>
      async (request) => {
        heard.push(() => {
          noteAuthorization(note, request.headers?.authorization);
          noteBody(note, request.body ?? '');
          noteForm(note, new URL(request.url).search);
        });
        const answer = await send(request);
        heard.push(() => noteBody(note, answer.body));
        return answer;
      },

    watch: (server) => {
      server.prependListener('request', (req: IncomingMessage, res: ServerResponse) => {
        heard.push(() => noteRequest(note, req));
        onAnswer(res, (body) => {
          const answered = answerPlaces(req, res, body);
          heard.push(() => noteAnswer(note, res, body));
          places.push(...answered);
        });
      });
    },

    lookInto: async (services) => {
      try {
        places.push(...(await contentsOf(services, note)), {
          name: '/metrics',
          content: await metricsOf(services.metrics),
        });
      } catch (error) {
        // The world is closed first; then it is said.
        unread.push(error);
      }
    },

    place: (place) => void places.push(place),

    verify: () => {
      if (unread.length > 0) throw new AggregateError(unread, 'What the adapter has kept could not be looked through.');
      for (const learn of heard.splice(0)) learn();
      const scan = createScanner(canaries());
      const found = places.splice(0).flatMap(({ name, content, belongs }) =>
        scan(content)
          .filter((hit) => belongs?.test(hit.name) !== true)
          .map((hit) => describeHit(name, hit)),
      );
      if (found.length > 0) throw new Error(`Secrets have got out:\n${[...new Set(found)].join('\n')}`);
    },
  };
}

/** The bytes of an SQLite database with its log, or the rows of a PostgreSQL one. */
async function contentsOf({ config, database }: Pick<Services, 'config' | 'database'>, note: Note): Promise<Place[]> {
  const sealer = createSealer(config.ENCRYPTION_KEYS);
  const tables = await database.introspection.getTables({ withInternalKyselyTables: true });
  const dumps: Place[] = [];
  for (const { name } of tables) {
    const rows: Record<string, unknown>[] = await database
      .selectFrom(name as keyof Tables)
      .selectAll()
      .execute();
    for (const row of rows) noteSealed(note, sealer, name, row);
    dumps.push({ name: `table ${name}`, content: JSON.stringify(rows) });
  }
  const address = config.DATABASE_URL;
  if (address.kind === 'postgres') return dumps;
  return ['', '-wal', '-shm']
    .filter((suffix) => existsSync(address.path + suffix))
    .map((suffix) => ({ name: `database file${suffix}`, content: readFileSync(address.path + suffix) }));
}

/** What `GET /metrics` says now. */
export async function metricsOf(metrics: Services['metrics']): Promise<string> {
  const server = metrics.serve();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
  const text = await answer.text();
  server.close();
  server.closeAllConnections();
  return text;
}

const describeHit = (place: string, { name, form, excerpt }: Hit): string =>
  `  ${name} (${form}) in ${place}: ${excerpt}`;

function noteBody(note: Note, body: string): void {
  const json = /^\s*[[{]/.test(body) ? parseJson(body) : undefined;
  if (json === undefined) noteForm(note, body.slice(0, 100_000));
  else noteJson(note, json);
}

function noteRequest(note: Note, { url = '', headers }: IncomingMessage): void {
  noteForm(note, url.slice(url.indexOf('?') + 1));
  noteAuthorization(note, headers.authorization);
}

/** Cookies are known from where they are given; what a browser brings may be anything, a digest from here for one. */
function noteAnswer(note: Note, res: ServerResponse, body: string): void {
  for (const cookie of [res.getHeader('set-cookie') ?? []].flat()) {
    note('browser secret', /^[^=]+=([^;]*)/.exec(String(cookie))?.[1]);
  }
  for (const [, csrf = ''] of body.matchAll(/name="csrf" value="([^"]+)"/g)) {
    for (const value of csrf.split('.')) note('token: csrf', value);
  }
}

/** What was answered in words, and its headers but for the cookies, whose place that is. */
function answerPlaces(req: IncomingMessage, res: ServerResponse, body: string): Place[] {
  const path = (req.url ?? '').split('?')[0]?.replace(/^(\/connect)\/[\w-]{22}\b/, '$1/:journey');
  const asked = `${req.method ?? ''} ${path ?? ''}`;
  const headers = Object.fromEntries(Object.entries(res.getHeaders()).filter(([name]) => name !== 'set-cookie'));
  const step = /data-step="([a-z-]+)"/.exec(body)?.[1] ?? 'none';
  const belonging = ON_PAGES.filter(([steps]) => steps.test(step)).map(([, belongs]) => belongs.source);
  return [
    { name: `headers answering ${asked}`, content: JSON.stringify(headers) },
    {
      name: step === 'none' ? `the answer to ${asked}` : `the ${step} page answering ${asked}`,
      content: LEADS_BACK.test(step) ? withoutWayBack(body) : body,
      belongs: new RegExp(belonging.join('|')),
    },
  ];
}

/** Pages with the way back to the app, which carries the connect token: that is what it is for. */
const LEADS_BACK = /^(login|done|error)$/;
const withoutWayBack = (html: string): string =>
  html.replaceAll(/(?:href|content)="[^"]*"/g, (address) =>
    address.replaceAll(/([?&;](?:connect_token|fp_cot)=)[^"&#]*/g, '$1'),
  );

/** Everything a sealed column holds, found by trying the row's texts as the place it is bound to. */
function noteSealed(note: Note, sealer: Sealer, table: string, row: Record<string, unknown>): void {
  const texts = Object.values(row).filter((value) => typeof value === 'string' && value.length < 200);
  for (const [column, envelope] of Object.entries(row)) {
    if (!column.endsWith('_sealed') || typeof envelope !== 'string') continue;
    const name = column.slice(0, -'_sealed'.length);
    for (const id of texts) {
      const opened = openedOr(sealer, envelope, `${table}.${name}:${String(id)}`);
      if (opened === undefined) continue;
      if (typeof opened === 'string') note(`sealed: ${table}.${name}`, opened);
      else noteJson(note, opened, name === 'supply' ? '' : name);
      break;
    }
  }
}

function openedOr(sealer: Sealer, envelope: string, place: string): unknown {
  try {
    return sealer.open(envelope, place);
  } catch {
    return undefined;
  }
}

/** Express sends a page in one piece, with the end of its answer. */
function onAnswer(res: ServerResponse, heard: (body: string) => void): void {
  const end = res.end.bind(res) as (...args: unknown[]) => ServerResponse;
  res.end = ((...args: unknown[]) => {
    const [chunk] = args;
    heard(typeof chunk === 'string' ? chunk : Buffer.isBuffer(chunk) ? chunk.toString() : '');
    return end(...args);
  }) as ServerResponse['end'];
}
