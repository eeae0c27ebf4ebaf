import type { Journey } from './journeys.ts';
import { writeReturnAddress } from './rules/return-address.ts';

export interface ReturnSettings {
  tokenParams: readonly string[];
  failureParam: string | null;
}

/** Where this customer goes back to; `failure` is the code of an outcome other than an accepted "allow". */
export function returnUrl(journey: Journey, settings: ReturnSettings, failure: string | null): string | null {
  const { visit } = journey;
  if (visit.returnAddress === null) return null;
  return writeReturnAddress(visit.returnAddress, {
    tokenParams: settings.tokenParams,
    connectToken: visit.connectToken,
    extras: visit.extras,
    failure: settings.failureParam !== null && failure !== null ? [settings.failureParam, failure] : null,
  });
}
