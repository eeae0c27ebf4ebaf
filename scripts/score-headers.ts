/**
 * Has the adapter's headers judged by MDN's HTTP Observatory and writes what it says to docs/headers-score.md.
 *   node scripts/score-headers.ts
 * The adapter runs as in production, in plain HTTP behind a proxy that brings the TLS. The Observatory is installed for
 * the occasion, into a temporary folder: it is no dependency of this project.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import prettier from 'prettier';
import { z } from 'zod';
import { startAdapterWorld } from '../test/support/adapter-world.ts';

/** Never the synchronous one: the front has to answer meanwhile. */
const runProgram = promisify(execFile);

const ROOT = path.resolve(import.meta.dirname, '..');
const RESULT = path.join(ROOT, 'docs/headers-score.md');
const TLS = path.join(ROOT, 'test/fixtures/tls');
const OBSERVATORY = { name: '@mdn/mdn-http-observatory', version: '1.4.8' };

const scanned = z.object({
  scan: z.object({
    algorithmVersion: z.number(),
    grade: z.string(),
    score: z.number(),
    statusCode: z.number(),
    testsPassed: z.number(),
    testsQuantity: z.number(),
  }),
  tests: z.record(z.string(), z.object({ result: z.string(), pass: z.boolean(), scoreModifier: z.number() })),
});
type Scanned = z.infer<typeof scanned>;

/** A proxy as providers have one: TLS in front, X-Forwarded-For behind, and http sent on to https; all on one port. */
async function startFront(adapterPort: () => number): Promise<{ port: number; close: () => void }> {
  const forward = (req: IncomingMessage, res: ServerResponse): void => {
    const headers = { ...req.headers, 'x-forwarded-for': req.socket.remoteAddress };
    const { method, url: asked } = req;
    const onward = request({ port: adapterPort(), host: '127.0.0.1', method, path: asked, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(res);
    });
    onward.once('error', () => res.writeHead(502).end());
    req.pipe(onward);
  };
  const file = (name: string) => readFileSync(path.join(TLS, name));
  const secure = createHttps({ key: file('server-key.pem'), cert: file('server.pem') }, forward);
  const plain = createHttp((req, res) => {
    res.writeHead(301, { location: `https://${req.headers.host ?? ''}${req.url ?? '/'}` }).end();
  });
  const TLS_HANDSHAKE = 0x16;
  const front: Server = createServer((socket: Socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      (first[0] === TLS_HANDSHAKE ? secure : plain).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });
  await new Promise<void>((resolve) => front.listen(0, 'localhost', resolve));
  return { port: (front.address() as AddressInfo).port, close: () => front.close() };
}

/** Puts the Observatory into a folder, and gives what scans one address with it. */
async function installObservatory(folder: string): Promise<(address: string) => Promise<Scanned>> {
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const wanted = `${OBSERVATORY.name}@${OBSERVATORY.version}`;
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await runProgram('npm', ['install', ...quiet, wanted], { cwd: folder });
  // Its own install script would fetch Chromium's list of preloaded hosts. This one is on no list.
  writeFileSync(path.join(folder, 'node_modules', OBSERVATORY.name, 'conf/hsts-preload.json'), '{}');
  const program = path.join(folder, 'scan.js');
  writeFileSync(
    program,
    `import { scan } from '${OBSERVATORY.name}';
     process.stdout.write(JSON.stringify(await scan(process.argv[2])));`,
  );
  return async (address) => {
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: path.join(TLS, 'ca.pem') };
    const { stdout } = await runProgram(process.execPath, [program, address], { env });
    return scanned.parse(JSON.parse(stdout));
  };
}

function report(pages: { what: string; found: Scanned }[]): Promise<string> {
  const [page] = pages;
  const day = new Date().toISOString().slice(0, 10);
  const grades = pages.map(({ what, found: { scan } }) => {
    return `| ${what} | ${scan.statusCode} | **${scan.grade}** | ${scan.score} | ${scan.testsPassed} of ${scan.testsQuantity} |`;
  });
  const tests = Object.entries(page?.found.tests ?? {}).map(([name, { result, pass, scoreModifier }]) => {
    return `| ${name} | ${result} | ${pass ? 'yes' : '**no**'} | ${scoreModifier} |`;
  });
  const text = `# What the Observatory says of the headers

Written on ${day} by \`scripts/score-headers.ts\`, with ${OBSERVATORY.name} ${OBSERVATORY.version}
(algorithm ${page?.found.scan.algorithmVersion ?? ''}) and Node ${process.versions.node}. A+, the best grade, begins at 100 points.

| answer | status | grade | points | tests passed |
| --- | --- | --- | --- | --- |
${grades.join('\n')}

The tests, for the first of them:

| test | result | passed | points |
| --- | --- | --- | --- |
${tests.join('\n')}
`;
  return prettier.format(text, { parser: 'markdown', printWidth: 120 });
}

const folder = mkdtempSync(path.join(tmpdir(), 'observatory-'));
let adapterPort = 0;
const front = await startFront(() => adapterPort);
const host = `localhost:${front.port}`;
const adapter = await startAdapterWorld({ env: { PUBLIC_URL: `https://${host}`, TRUST_PROXY: '1' } });
try {
  adapterPort = Number(new URL(adapter.adapterUrl).port);
  console.log(`Installing ${OBSERVATORY.name}@${OBSERVATORY.version} into ${folder}`);
  const scan = await installObservatory(folder);
  const { pathname, search } = new URL(adapter.link().url);
  const pages = [
    { what: 'The first page of a visit, by its link', found: await scan(host + pathname + search) },
    { what: 'The tariff, asked for without a token', found: await scan(`${host}/tariff`) },
    { what: 'The stylesheet', found: await scan(`${host}/assets/style.css`) },
    { what: 'The health check', found: await scan(`${host}/healthz`) },
  ];
  for (const { what, found } of pages) console.log(`${found.scan.grade} (${found.scan.score}): ${what}`);
  writeFileSync(RESULT, await report(pages));
  console.log(`Written: ${path.relative(ROOT, RESULT)}`);
  if (pages.some(({ found }) => found.scan.grade !== 'A+')) process.exitCode = 1;
} finally {
  front.close();
  await adapter.close();
  rmSync(folder, { recursive: true, force: true });
}
