import { systemClock, type Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { Faults } from '../http/faults.ts';
import { serve } from '../http/serve.ts';
import { Trace } from '../trace/trace.ts';
import { createApi } from './api.ts';
import { createConnectWeb } from './connect-web.ts';
import { Connections, type AcceptedSubmission, type AppAccount, type Connection, type Poll } from './connections.ts';
import { Credentials, type AuthMode } from './credentials.ts';
import { FAULT_NAMES, type FaultName, type ReceivedRequest } from './parts.ts';
import { Poller } from './poller.ts';

export interface EmulatorOptions {
  /** Ports of the API and of the web page; 0, the default, takes any. */
  port?: number;
  connectWebPort?: number;
  /** What the adapter is given at onboarding. */
  accountId: string;
  apiKey: string;
  /** Which credentials the API takes; `any` by default. */
  auth?: AuthMode;
  /** Where the customer is sent from the web page. */
  adapterUrl: string;
  /** The companies whose apps ask; Example EV when left out. */
  apps?: AppAccount[];
  /** Where a submission is taken, besides the two context paths; `{connect_token}` stands for the token. */
  submission?: { method?: 'POST' | 'PUT' | 'PATCH'; path?: string; consentAction?: string };
  pollerApiKey?: string;
  pollRetriesMs?: number[];
  clock?: Clock;
  trace?: Trace;
}

export interface FlatpeakEmulator {
  apiUrl: string;
  connectWebUrl: string;
  apps: AppAccount[];
  faults: Faults<FaultName>;
  trace: Trace;
  /** Everything that reached the API, in order; `status` null where no answer was given. */
  requests: ReceivedRequest[];
  /** Accepted submissions, in order. */
  submissions: AcceptedSubmission[];
  /** What an app does first; `connectUrl` is the sandbox's own web page when left out. */
  createConnectToken(urls: { callbackUrl: string; connectUrl?: string; app?: AppAccount }): string;
  connection(token: string): Connection | undefined;
  /** Reads the tariff of a connection now. Throws `connection_unknown`. */
  poll(token: string): Promise<Poll>;
  /** Resolves when the readings begun by accepted submissions have ended. */
  settled(): Promise<void>;
  revokeBearers(): void;
  close(): Promise<void>;
}

/** The app of the sandbox's companion; `baseUrl` is where its pages live. */
export function exampleEv(baseUrl: string): AppAccount {
  return {
    id: 'acc_68541c4c407600f62fd98a01',
    apiKey: 'sk_test_example_ev',
    displayName: 'Example EV',
    logoUrl: `${baseUrl}/logo.svg`,
    termsUrl: `${baseUrl}/terms`,
    supportUrl: `${baseUrl}/support`,
    privacyUrl: `${baseUrl}/privacy`,
  };
}

/** Flatpeak's side: its API, its web page between app and provider, and its reader of tariffs. */
export async function startFlatpeakEmulator(options: EmulatorOptions): Promise<FlatpeakEmulator> {
  const clock = options.clock ?? systemClock;
  const trace = options.trace ?? new Trace(clock);
  const apps = options.apps ?? [exampleEv('http://localhost:3000')];
  const provider = { id: options.accountId, apiKey: options.apiKey };
  const credentials = new Credentials([provider, ...apps], options.auth ?? 'any', clock);
  const connections = new Connections(clock);
  const faults = new Faults<FaultName>(FAULT_NAMES);
  const closing = new AbortController();
  const retriesMs = options.pollRetriesMs ?? [1000, 3000, 10_000];
  const poller = new Poller({ clock, trace, apiKey: options.pollerApiKey, retriesMs, closing: closing.signal });
  const requests: ReceivedRequest[] = [];
  const submissions: AcceptedSubmission[] = [];
  const { adapterUrl } = options;
  const rules = options.submission ?? {};

  const api = await serve(options.port ?? 0, () =>
    createApi({
      apps,
      adapterUrl,
      rules,
      clock,
      trace,
      credentials,
      connections,
      faults,
      poller,
      requests,
      submissions,
      closing: closing.signal,
    }),
  );
  const web = await serve(options.connectWebPort ?? 0, () => createConnectWeb({ connections, adapterUrl, clock }));
  const connectWebUrl = `${web.origin}/connect-web/`;

  return {
    apiUrl: api.origin,
    connectWebUrl,
    apps,
    faults,
    trace,
    requests,
    submissions,
    createConnectToken: ({ callbackUrl, connectUrl = connectWebUrl, app = apps[0] }) => {
      if (!app) throw new Failure('no_app_account');
      return connections.create(app, { callbackUrl, connectUrl }).token;
    },
    connection: (token) => connections.find(token),
    poll: async (token) => {
      const connection = connections.find(token);
      if (!connection) throw new Failure('connection_unknown');
      return poller.poll(connection);
    },
    settled: () => poller.settled(),
    revokeBearers: () => credentials.revokeBearers(),
    close: async () => {
      closing.abort();
      await Promise.all([api.close(), web.close()]);
      await poller.settled();
    },
  };
}
