import { createHash } from 'node:crypto';
import { instantOf, type Clock } from '../base/clock.ts';
import { codeOf } from '../base/failure.ts';
import type { Log } from '../base/log.ts';
import type { Pack } from '../config/pack/pack.ts';
import type { Identity } from '../identity/claims.ts';
import { priceAt, pricesBetween } from '../tariff/model/prices.ts';
import type { SourceTariff } from '../tariff/model/provider-tariff.ts';
import type { TariffReader } from '../tariff/reader.ts';
import type { Journey, ShownConsent } from './journeys.ts';
import type { ConsentModel, PricesModel } from '../pages/models.ts';
import { presentToken } from './present-token.ts';
import { addressLines, contractTerm, sharedAddress } from './sharing-terms.ts';
import { supplyModel } from './supply-view.ts';

/** What the consent page says about the supply under decision, and what an "allow" pressed on it would share. */
export interface ConsentView {
  model: Omit<ConsentModel, 'frame' | 'customer'>;
  shown: ShownConsent;
}

export interface ConsentViews {
  /** Null when the supply's tariff is of a kind that cannot be served at all. */
  of(journey: Journey, text: { language: string; version: string; hash: string }): Promise<ConsentView | null>;
}

export interface ConsentViewParts {
  pack: Pack;
  reader: TariffReader;
  clock: Clock;
  /** By which prices are read; the same as `clock` but where past samples are served. */
  tariffClock: Clock;
  log: Log;
  grantMaxAgeDays: number;
  /** Claims the pack's sources need for polling. */
  keptClaims: (claims: Identity['claims']) => Identity['claims'];
}

const DAY = Temporal.Duration.from({ hours: 24 });

export function createConsentViews({
  pack,
  reader,
  clock,
  tariffClock,
  log,
  grantMaxAgeDays,
  keptClaims,
}: ConsentViewParts): ConsentViews {
  /** Prices are shown when they can be had; an outage of their source does not stand between a customer and consent. */
  const readTariff = async (
    journey: Journey,
    now: Temporal.Instant,
  ): Promise<SourceTariff | 'unknown' | 'not_supported'> => {
    const supply = chosenSupply(journey);
    if (!supply || !journey.identity) return 'unknown';
    try {
      const reading = await reader.read({
        supply: {
          id: supply.id,
          account_id: supply.account_id ?? null,
          meter_point_id: supply.meter_point_id ?? null,
        },
        customer: {
          sub: journey.identity.subject,
          // The claims a grant keeps: the first poll then finds this very answer.
          claims: keptClaims(journey.identity.claims),
          ...presentToken(journey.identity.tokens),
        },
        from: now,
        to: now.add(DAY),
        keep: false,
      });
      return reading.source;
    } catch (error) {
      const code = codeOf(error);
      log.warn({ event: 'tariff_not_shown', journey: journey.id, code });
      return code === 'tariff_not_supported' ? 'not_supported' : 'unknown';
    }
  };

  return {
    async of(journey, text) {
      const now = instantOf(tariffClock);
      const supply = chosenSupply(journey);
      if (!supply) return null;
      const tariff = await readTariff(journey, now);
      if (tariff === 'not_supported') return null;
      const known = tariff === 'unknown' ? null : tariff;

      const timezone = known?.tariff.timezone ?? pack.timezone;
      const start = supply.contract?.start_date ?? known?.contract.start_date ?? null;
      const end = supply.contract?.end_date ?? known?.contract.end_date ?? null;
      const postalAddress = sharedAddress(supply.postal_address, pack.share.postal_address);
      const tariffName = known?.tariff.display_name ?? supply.tariff_name ?? null;
      const prices = known && pricesModel(known, now);
      const until = instantOf(clock)
        .add({ hours: 24 * grantMaxAgeDays })
        .toString();

      const lines = addressLines(supply.postal_address);
      const shared = { supply: supply.id, tariffName, postalAddress, contractTerm: contractTerm(start, end) };
      return {
        model: {
          step: 'consent',
          supply: supplyModel(supply, journey.supply?.chosen ?? 0),
          tariffName,
          prices,
          addressShared:
            postalAddress === null || pack.share.postal_address === 'none'
              ? null
              : { kind: pack.share.postal_address, lines: addressLines(postalAddress) },
          contract: { start, end, timezone },
          until,
          pollsPerHour: pack.polling.max_per_hour,
          canChooseAnother: (journey.supply?.supplies ?? []).filter(({ status }) => status === 'available').length > 1,
        },
        shown: {
          digest: digestOf({ ...shared, text, recipient: journey.visit.account }),
          postalAddress,
          contractTerm: shared.contractTerm,
          language: text.language,
          text: { version: text.version, hash: text.hash },
          values: {
            ...shared,
            supply: { id: supply.id, label: supply.label, direction: supply.direction, address: lines },
            recipient: journey.visit.account,
            until,
            prices,
            shown_at: instantOf(clock).toString(),
          },
        },
      };
    },
  };
}

export const chosenSupply = (journey: Journey) =>
  journey.supply?.chosen == null ? null : (journey.supply.supplies[journey.supply.chosen] ?? null);

function pricesModel(tariff: SourceTariff, now: Temporal.Instant): PricesModel {
  const points = pricesBetween(tariff, now, now.add(DAY)).map((interval) => ({
    from: interval.valid_from,
    to: interval.valid_to,
    value: interval.price.value,
    confidence: interval.price.confidence,
  }));
  const current = priceAt(tariff, now);
  return {
    currency: tariff.tariff.currency,
    timezone: tariff.tariff.timezone,
    vatIncluded: tariff.tariff.vat.included,
    includes: [...tariff.tariff.price_includes],
    now: current?.value ?? null,
    points,
    tiered: (current?.tiers?.length ?? 1) > 1,
  };
}

const digestOf = (shared: unknown): string => createHash('sha256').update(JSON.stringify(shared)).digest('base64url');
