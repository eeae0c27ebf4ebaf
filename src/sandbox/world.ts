import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock, type Clock } from '../base/clock.ts';
import { randomToken } from '../base/random.ts';
import { adapterEnvironment } from './adapter-environment.ts';
import { startAdapterProcess } from './adapter-process.ts';
import { startProviderBackend, type ProviderBackend } from './backend/backend.ts';
import { startCompanion, type Companion } from './companion/companion.ts';
import { exampleEv, startFlatpeakEmulator, type EmulatorOptions, type FlatpeakEmulator } from './flatpeak/emulator.ts';
import { choosePorts } from './http/ports.ts';
import { startIdentityProvider, type IdentityOptions, type IdentityProvider } from './identity/identity.ts';
import { startPreview, type Preview } from './preview/preview.ts';
import { openState } from './state.ts';
import { Trace } from './trace/trace.ts';

/** The ports people find in the documentation; each gives way when it is taken. */
export const PREFERRED_PORTS = {
  adapter: 4000,
  companion: 3000,
  flatpeak: 4010,
  connectWeb: 7070,
  identity: 4020,
  backend: 4030,
  preview: 4040,
};

export type Ports = Record<keyof typeof PREFERRED_PORTS, number>;

export interface WorldOptions {
  /** `child`: the adapter is started as a process. `none`: its place and its environment are made ready, no more. */
  adapter: 'child' | 'none';
  /** Preferred ports; 0 for any. */
  ports?: Partial<Ports>;
  /** A provider pack instead of the sandbox's own. */
  pack?: string;
  /** Where the adapter's database lives; a temporary folder, removed at the end, when left out. */
  dataFolder?: string;
  clock?: Clock;
  emulator?: Partial<EmulatorOptions>;
  identity?: Partial<IdentityOptions>;
  /** Around the adapter's environment; that of this process when left out. */
  environment?: NodeJS.ProcessEnv;
  onAdapterLine?: (line: string) => void;
  onAdapterExit?: (code: number | null) => void;
}

export interface World {
  /** Where the adapter is, or is expected. */
  adapterUrl: string;
  /** Its whole configuration. */
  adapterEnvironment: Record<string, string>;
  ports: Ports;
  /** Ports that were taken by others, with what is used in their place. */
  moved: { name: keyof Ports; preferred: number; port: number }[];
  trace: Trace;
  flatpeak: FlatpeakEmulator;
  identity: IdentityProvider;
  backend: ProviderBackend;
  companion: Companion;
  preview: Preview;
  close(): Promise<void>;
}

const ROOT = path.resolve(import.meta.dirname, '../..');
const ACCOUNT_ID = 'acc_68541c4c407600f62fd98a02';

/**
 * Starts everything around the adapter, and the adapter too when asked. Whatever had started by then is stopped again
 * when a part fails to.
 */
export async function startWorld(options: WorldOptions): Promise<World> {
  const preferred = { ...PREFERRED_PORTS, ...options.ports };
  const ports = await choosePorts(preferred);
  const origin = (name: keyof Ports) => `http://localhost:${ports[name]}`;
  const adapterUrl = origin('adapter');
  const clock = options.clock ?? systemClock;
  const trace = new Trace(clock);
  const closers: (() => unknown)[] = [];
  // The last to start is the first to stop: the adapter drains while everything around it still answers.
  const close = async () => {
    for (const stop of closers.splice(0).reverse()) await stop();
  };
  const started = <T extends { close(): Promise<void> }>(part: T): T => {
    closers.push(() => part.close());
    return part;
  };

  try {
    const folder = options.dataFolder ?? mkdtempSync(path.join(tmpdir(), 'sandbox-'));
    if (options.dataFolder === undefined) closers.push(() => rmSync(folder, { recursive: true, force: true }));
    const state = openState(folder);
    const billingSecret = randomToken();
    const flatpeakKey = `sk_test_${randomToken()}`;
    const app = { ...exampleEv(origin('companion')), apiKey: `sk_test_${randomToken()}` };
    const client = { clientId: 'tariff-adapter', clientSecret: randomToken() };

    const backend = started(
      await startProviderBackend({ port: ports.backend, clientSecret: billingSecret, clock, trace }),
    );
    const identity = started(
      await startIdentityProvider({
        port: ports.identity,
        ...client,
        redirectUri: `${adapterUrl}/connect/callback`,
        trace,
        ...options.identity,
      }),
    );
    const flatpeak = started(
      await startFlatpeakEmulator({
        port: ports.flatpeak,
        connectWebPort: ports.connectWeb,
        accountId: ACCOUNT_ID,
        apiKey: flatpeakKey,
        adapterUrl,
        apps: [app],
        clock,
        trace,
        ...options.emulator,
      }),
    );
    const companion = started(
      await startCompanion({
        port: ports.companion,
        apiUrl: flatpeak.apiUrl,
        accountId: app.id,
        apiKey: app.apiKey,
        connectWebUrl: flatpeak.connectWebUrl,
        clock,
      }),
    );

    const preview = started(await startPreview({ port: ports.preview }));

    const env = adapterEnvironment(
      {
        port: ports.adapter,
        publicUrl: adapterUrl,
        ...state,
        flatpeak: { apiUrl: flatpeak.apiUrl, accountId: ACCOUNT_ID, apiKey: flatpeakKey },
        identity: { issuer: identity.issuer, ...client },
        billing: { url: backend.url, clientSecret: billingSecret },
        pack: path.resolve(options.pack ?? path.join(import.meta.dirname, 'pack')),
      },
      options.environment ?? process.env,
    );
    if (options.adapter === 'child') {
      started(
        await startAdapterProcess({
          root: ROOT,
          env,
          publicUrl: adapterUrl,
          onLine: options.onAdapterLine ?? (() => undefined),
          onExit: options.onAdapterExit ?? (() => undefined),
        }),
      );
    }
    const moved = (Object.keys(ports) as (keyof Ports)[])
      .map((name) => ({ name, preferred: preferred[name], port: ports[name] }))
      .filter((one) => one.preferred !== 0 && one.preferred !== one.port);
    return {
      adapterUrl,
      adapterEnvironment: env,
      ports,
      moved,
      trace,
      flatpeak,
      identity,
      backend,
      companion,
      preview,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
