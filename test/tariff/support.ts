import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLog, type Log } from '../../src/base/log.ts';
import { loadPack } from '../../src/config/pack/load.ts';
import type { Pack } from '../../src/config/pack/pack.ts';

export interface Asked {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export interface LocalServer {
  origin: string;
  /** Every request so far. */
  asked: Asked[];
  close(): Promise<void>;
}

/** A system of the provider's, on this machine. */
export async function startServer(answer: (asked: Asked, res: ServerResponse) => unknown): Promise<LocalServer> {
  const asked: Asked[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const request = {
        method: req.method ?? '',
        url: req.url ?? '',
        headers: req.headers,
        body: Buffer.concat(chunks).toString(),
      };
      asked.push(request);
      answer(request, res);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export const json = (res: ServerResponse, body: unknown, status = 200): void => {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(JSON.stringify(body));
};

const folders: string[] = [];

/** A pack in a folder of its own, from its files' texts. */
export function packFolder(files: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'pack-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

export function removePackFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** Everything of a `provider.yaml` but its sources. */
export const HEAD = `
brand: { name: Example Energy }
country: GB
timezone: Europe/London
currency: GBP
`;

export const NO_SUPPLIES = 'supplies: { source: book, file: empty.yaml }';
export const NO_TARIFF = 'tariff: { source: book, file: empty.yaml }';

/** Loads a pack that is expected to be right. */
export function packOf(yaml: string, files: Record<string, string> = {}, env: Record<string, string> = {}): Pack {
  return loaded(packFolder({ 'provider.yaml': yaml, 'empty.yaml': 'supplies: {}\ntariffs: {}\n', ...files }), env);
}

export function loaded(folder: string, env: Record<string, string>): Pack {
  const result = loadPack(folder, env);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.pack;
}

export const quiet: Log = createLog('silent');
