import type { Journey } from './journeys.ts';
import { writeReturnAddress } from './rules/return-address.ts';

export interface ReturnSettings {
  tokenParams: readonly string[];
  failureParam: string | null;
}

export interface WayBack {
  /** This browser holds the journey, or brought its link: only then does the address carry the token. */
  trusted: boolean;
  /** The code of an outcome other than an accepted "allow". */
  failure: string | null;
}

/** Where this customer goes back to; null when no address can be trusted. */
export function returnUrl(journey: Journey, settings: ReturnSettings, { trusted, failure }: WayBack): string | null {
  const { visit } = journey;
  if (visit.returnAddress === null) return null;
  return writeReturnAddress(visit.returnAddress, {
    tokenParams: settings.tokenParams,
    connectToken: trusted ? visit.connectToken : null,
    extras: visit.extras,
    failure: settings.failureParam !== null && failure !== null ? [settings.failureParam, failure] : null,
  });
}
