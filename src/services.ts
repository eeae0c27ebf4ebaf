import path from 'node:path';
import type { Clock } from './base/clock.ts';
import { codeOf } from './base/failure.ts';
import type { Log } from './base/log.ts';
import { outbound as realOutbound, type Outbound } from './base/outbound.ts';
import { resolveHost } from './base/public-address.ts';
import { isLocal } from './base/this-machine.ts';
import { createWatch } from './base/watch.ts';
import type { Config } from './config/config.ts';
import type { Pack } from './config/pack/pack.ts';
import type { Environment } from './config/secrets.ts';
import { createFlatpeak } from './flatpeak/client.ts';
import { createIdentityProvider } from './identity/identity-provider.ts';
import { createBrowsers } from './journey/browsers.ts';
import { createConsentViews } from './journey/consent-view.ts';
import { createEngine } from './journey/engine.ts';
import { createJourneys } from './journey/journeys.ts';
import { createLogos } from './journey/logos/logos.ts';
import { settling } from './journey/settling.ts';
import { createRenderer } from './pages/render.ts';
import { createDesk } from './journey/routes/desk.ts';
import { createSignIns } from './journey/sign-ins.ts';
import { createLifecycle } from './lifecycle.ts';
import { createOutbox } from './outbox/outbox.ts';
import { createConnections } from './connections/connections.ts';
import { createShares } from './connections/shares.ts';
import { createDecisions } from './sharing/decisions.ts';
import { createEndings } from './sharing/endings.ts';
import { createExpiry } from './sharing/expiry.ts';
import { createGrants } from './sharing/grants.ts';
import { earlierSupply } from './sharing/overview.ts';
import { createSettlement } from './sharing/settlement.ts';
import { createTokenKeeper } from './sharing/token-keeper.ts';
import { createTokenRevocation } from './sharing/token-revocation.ts';
import { createSharing } from './sharing/sharing.ts';
import { openDatabase } from './store/database.ts';
import { lookupKeys } from './store/lookup-secret.ts';
import { createSealer } from './store/sealing.ts';
import { bookContents } from './tariff/book-reload.ts';
import { createDurableLastGood } from './tariff/durable-last-good.ts';
import { createTariffRouter } from './tariff/endpoint/router.ts';
import { createEntitlement } from './tariff/entitlement.ts';
import { createMapper } from './tariff/mapping/mapper.ts';
import { createTariffReader } from './tariff/reader.ts';
import { claimsNamed } from './config/pack/claims.ts';
import { needsCustomerToken } from './config/pack/customer-token.ts';
import { createSupplies } from './tariff/supplies.ts';
import { themeStylesheet } from './web/accent.ts';
import { shownSize } from './web/assets.ts';
import { createLanguages, type Wishes } from './web/languages.ts';
import { countInMemory } from './web/bounded-counts.ts';
import { clientAddress, limit, type Counting } from './web/limits.ts';
import { createMetrics } from './web/metrics.ts';
import { sameSiteOnly } from './web/same-site.ts';
import { shareLimits } from './web/shared-limits.ts';
import { flatpeakSettings, overviewSignInSettings, signInSettings } from './settings.ts';
import { createTidying } from './store/tidying.ts';

/** What a process is made of besides its configuration; tests put in their own clock and their own way out. */
export interface Surroundings {
  env: Environment;
  log: Log;
  clock: Clock;
  /** The clock the tariff is served by; a service of its own, so that past samples can be served. */
  tariffClock?: Clock;
  outbound?: Outbound;
}

/** A visit left alone ends after this time; Flatpeak's token may live on and open another. */
const JOURNEY_LIFE_MS = 30 * 60_000;

export type Services = Awaited<ReturnType<typeof createServices>>;

/** The composition root: every part is made here, once, and handed what it needs. */
export async function createServices(config: Config, surroundings: Surroundings) {
  const { env, clock, tariffClock = clock } = surroundings;
  const { pack } = config;
  const metrics = createMetrics();
  const log = metrics.counting(surroundings.log);
  const watch = createWatch();
  const out = (name: string): Outbound => watch.over(name, surroundings.outbound ?? realOutbound);

  const sharedLimits = config.REDIS_URL === undefined ? null : shareLimits(config.REDIS_URL, log);
  const counting: Counting = { store: sharedLimits?.store ?? countInMemory, log };

  const database = openDatabase(config.DATABASE_URL, (error) => {
    log.warn({ event: 'database_connection_lost', code: codeOf(error) });
  });
  const sealer = createSealer(config.ENCRYPTION_KEYS);
  const lookupKey = lookupKeys(database, sealer, clock);

  const flatpeak = createFlatpeak(flatpeakSettings(config), out('flatpeak'), clock);
  const identityProvider = createIdentityProvider(signInSettings(config), out('identity_provider'), clock);

  const mapper = createMapper();
  const supplies = createSupplies({
    pack,
    mapper,
    clock,
    env,
    send: out('supplies_source'),
    bookContents: bookContents({ pack, clock, log }),
  });
  const lastGood = createDurableLastGood({ database, sealer, clock: tariffClock });
  const reader = createTariffReader({
    pack,
    mapper,
    clock: tariffClock,
    env,
    log,
    lastGood,
    send: out('tariff_source'),
    bookContents: bookContents({ pack, clock: tariffClock, log }),
  });

  const keptClaims = claimsNamed(pack);
  const journeys = createJourneys(database, sealer, clock);
  const signIns = createSignIns(database, sealer, clock);
  const grants = createGrants({ database, sealer, lookupKey, clock, maxAgeDays: config.GRANT_MAX_AGE_DAYS });
  const { consentRecords, overview, withdrawals } = createSharing({ database, sealer, lookupKey, clock, log });
  const endings = createEndings({ database, consentRecords, clock, log });
  const tokenKeeper = createTokenKeeper({ database, sealer, identityProvider, endings, clock, log });
  const { submission } = pack.flatpeak;
  const decisions = createDecisions({
    grants,
    consentRecords,
    tokenKeeper,
    outbox: () => outbox,
    lookupKey,
    clock,
    submitPath: (connectToken) => flatpeak.submitPath(connectToken),
    tariffUrl: config.TARIFF_URL,
    handOver: config.AUTH_DATA_MODE === 'oauth' ? { tokenEndpoint: () => identityProvider.tokenEndpoint() } : undefined,
    consentAction: config.FLATPEAK_CONSENT_ACTION ?? null,
    reshape: (body) => (submission ? mapper.map(submission, body) : Promise.resolve(body)),
  });
  const outbox = createOutbox({
    database,
    postgres: config.DATABASE_URL.kind === 'postgres',
    sealer,
    flatpeak,
    clock,
    log,
    // Credential, attempt, renewed credential, second attempt.
    attemptMs: 4 * config.FLATPEAK_TIMEOUT_MS,
    onSettled: settling(createSettlement({ consentRecords, clock }), journeys),
  });

  const logos = createLogos({
    send: surroundings.outbound ?? realOutbound,
    resolve: resolveHost,
    allowLocal: isLocal(config.PUBLIC_URL),
    clock,
    log,
  });

  const { languages, renderer } = await openPages(pack, config.PUBLIC_URL);

  const shares = createShares({ overview, withdrawals, timezone: pack.timezone, clock });
  const connections = createConnections({
    database,
    sealer,
    clock,
    log,
    shares,
    renderer,
    identityProvider: createIdentityProvider(overviewSignInSettings(config), out('identity_provider'), clock),
    publicUrl: config.PUBLIC_URL,
    sameSiteOnly: sameSiteOnly(config.PUBLIC_URL),
  });

  const lifecycle = createLifecycle({
    database,
    outbox,
    tidying: createTidying(
      [
        journeys,
        signIns,
        connections.sessions,
        lastGood,
        createExpiry({ database, consentRecords, clock, log }),
        createTokenRevocation({ database, sealer, identityProvider, clock, log }),
      ],
      log,
    ),
    degraded: () => [...watch.failing(), ...(sharedLimits?.isConnected() === false ? ['redis'] : [])],
    log,
    prepare: lookupKey,
    closeSources: () => {
      sharedLimits?.close();
      return Promise.all([logos.close(), supplies.close(), reader.close(), mapper.close()]);
    },
  });

  const browsers = createBrowsers(config.PUBLIC_URL, 24 * 3_600_000);
  const desk = createDesk({
    journeys,
    browsers,
    renderer,
    clock,
    returns: { tokenParams: config.RETURN_TOKEN_PARAMS, failureParam: config.RETURN_FAILURE_PARAM ?? null },
  });
  const engine = createEngine({
    database,
    journeys,
    signIns,
    identityProvider,
    supplies,
    decisions,
    wakeCourier: () => lifecycle.wakeCourier(),
    clock,
    log,
    lifeMs: JOURNEY_LIFE_MS,
  });

  return {
    config,
    log,
    database,
    outbox,
    journeys,
    renderer,
    counting,
    languages,
    theme: themeStylesheet(pack.brand.accent, pack.theme),
    metrics,
    tariffRouter: createTariffRouter({
      isReady: () => lifecycle.isReady(),
      grants,
      reader,
      customerTokens: needsCustomerToken(pack) ? tokenKeeper : undefined,
      entitlement: createEntitlement({ supplies, grants, endings, clock, log }),
      clock: tariffClock,
      log,
      pollerApiKeys: config.POLLER_API_KEYS.map(({ secret }) => secret),
      polling: pack.polling,
      store: counting.store('polls'),
      limitFailures: limit(
        { name: 'poll_failures', perMinute: config.LIMIT_REQUESTS_PER_MINUTE, keyOf: clientAddress },
        counting,
      ),
    }),
    connectionsRouter: connections.router,
    journey: {
      desk,
      receiptOf: (decisionId: string) => shares.receiptOf(decisionId),
      earlierSupply: (subject: string, recipientId: string) => earlierSupply(overview, subject, recipientId),
      browsers,
      journeys,
      signIns,
      engine,
      flatpeak,
      logos,
      identityProvider,
      database,
      clock,
      log,
      lifeMs: JOURNEY_LIFE_MS,
      isDraining: () => lifecycle.isDraining(),
      consentViews: createConsentViews({
        pack,
        reader,
        clock,
        tariffClock,
        log,
        grantMaxAgeDays: config.GRANT_MAX_AGE_DAYS,
        keptClaims,
      }),
      consentText: (wishes: Wishes) => {
        const { language } = languages.choose(wishes);
        return { language, ...renderer.consentText(language) };
      },
      keptClaims,
      entryRules: {
        extras: config.RETURN_EXTRAS,
        reserved: [
          ...config.RETURN_TOKEN_PARAMS,
          ...(config.RETURN_FAILURE_PARAM === undefined ? [] : [config.RETURN_FAILURE_PARAM]),
        ],
      },
      returnRules: { listed: config.RETURN_URLS ?? null, ownOrigin: config.PUBLIC_URL.origin },
    },
    ...lifecycle,
  };
}

const ROOT = path.resolve(import.meta.dirname, '..');

/** The pages in the provider's name and the reader's language. */
async function openPages(pack: Pack, publicUrl: URL) {
  const { brand } = pack;
  const languages = await createLanguages({
    folder: path.join(ROOT, 'locales'),
    packFolder: pack.locales,
    country: pack.country,
  });
  const renderer = createRenderer({
    languages,
    brand: {
      name: brand.name,
      supportUrl: brand.support_url,
      termsUrl: brand.terms_url,
      privacyUrl: brand.privacy_url,
    },
    publicAssets: {
      style: '/assets/style.css',
      theme: '/assets/theme.css',
      logo: brand.logo === null ? null : { url: '/assets/logo', size: shownSize(brand.logo) },
      connections: new URL('/connections', publicUrl).href,
    },
  });
  return { languages, renderer };
}
