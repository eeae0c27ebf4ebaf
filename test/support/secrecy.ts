import { randomBytes } from 'node:crypto';
import { readFileSync, existsSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseJson } from '../../src/base/json.ts';
import { outbound, type Outbound } from '../../src/base/outbound.ts';
import type { Environment } from '../../src/config/secrets.ts';
import type { Database, DatabaseAddress } from '../../src/store/database.ts';
import type { Sealer } from '../../src/store/sealing.ts';
import type { Metrics } from '../../src/web/metrics.ts';
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
  [/^redirecting$/, /^token: (state|nonce|request_uri)$/, 'the authorization request, which the browser is to send'],
  [/^(supply|consent|error)$/, /^address: /, 'the customer’s own contracts, to choose from and agree to'],
];

export interface Secrecy {
  /** A value that nobody else has, to be put where an outsider could put it. */
  plant(name: string): string;
  /** Learns from everything the adapter says to other systems and hears from them. */
  overhearing(send?: Outbound): Outbound;
  /** Learns from what browsers and pollers bring, and keeps what they are answered. */
  watch(server: Server): void;
  /** Learns what lies sealed in a database, and takes a copy of all it holds in clear. */
  lookInto(parts: { database: Database; address: DatabaseAddress; sealer: Sealer }): Promise<void>;
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
  noteEnvironment(note, environment);
  noteCustomers(note);

  return {
    plant: (name) => {
      const value = `${name.replaceAll(/[^a-z]+/gi, '-')}-${randomBytes(9).toString('hex')}`;
      note(`planted: ${name}`, value);
      return value;
    },

    overhearing: (send = outbound) => async (request) => {
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
          const answered = answerPlace(req, res, body);
          heard.push(() => noteAnswer(note, res, body));
          places.push(...answered);
        });
      });
    },

    async lookInto({ database, address, sealer }) {
      const tables = await database.introspection.getTables({ withInternalKyselyTables: true });
      for (const { name: table } of tables) {
        const rows = (await database.selectFrom(table as 'journeys').selectAll().execute()) as object[];
        for (const row of rows) noteSealed(note, sealer, table, row as Record<string, unknown>);
        if (address.kind === 'postgres') places.push({ name: `table ${table}`, content: JSON.stringify(rows) });
      }
      if (address.kind === 'postgres') return;
      for (const suffix of ['', '-wal', '-shm']) {
        const file = address.path + suffix;
        if (existsSync(file)) places.push({ name: `database file${suffix}`, content: readFileSync(file) });
      }
    },

    place: (place) => void places.push(place),

    verify: () => {
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

/** What `GET /metrics` says now. */
export async function metricsOf(metrics: Pick<Metrics, 'serve'>): Promise<string> {
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
  for (const pair of (headers.cookie ?? '').split('; ')) note('browser secret', pair.slice(pair.indexOf('=') + 1));
}

function noteAnswer(note: Note, res: ServerResponse, body: string): void {
  for (const cookie of [res.getHeader('set-cookie') ?? []].flat()) {
    note('browser secret', /^[^=]+=([^;]*)/.exec(String(cookie))?.[1]);
  }
  for (const [, csrf = ''] of body.matchAll(/name="csrf" value="([^"]+)"/g)) {
    for (const value of csrf.split('.')) note('token: csrf', value);
  }
}

/** What was answered in words, and its headers but for the cookies, whose place that is. */
function answerPlace(req: IncomingMessage, res: ServerResponse, body: string): Place[] {
  const asked = `${req.method ?? ''} ${(req.url ?? '').split('?')[0] ?? ''}`;
  const { 'set-cookie': _, ...headers } = res.getHeaders();
  const step = /data-step="([a-z-]+)"/.exec(body)?.[1] ?? 'none';
  const belonging = ON_PAGES.filter(([steps]) => steps.test(step)).map(([, belongs]) => belongs.source);
  return [
    { name: `headers answering ${asked}`, content: JSON.stringify(headers) },
    {
      name: step === 'none' ? `the answer to ${asked}` : `the ${step} page answering ${asked}`,
      content: withoutWayBack(body),
      belongs: new RegExp(belonging.join('|')),
    },
  ];
}

/** The way back to the app carries the connect token: that is what it is for. */
const withoutWayBack = (html: string): string =>
  html.replaceAll(/((?:href|content)="[^"]*[?&;](?:connect_token|fp_cot)=)[^"&]*/g, '$1');

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
