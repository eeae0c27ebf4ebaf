import type { Pack } from './pack.ts';
import { asksAsCustomer } from './source-rules.ts';

/** Whether any source is asked with the customer's own token, which is then needed without the customer, at every poll. */
export const needsCustomerToken = (pack: Pick<Pack, 'supplies' | 'tariff'>): boolean =>
  [pack.supplies, pack.tariff.agreement, pack.tariff.prices].some(
    (source) => source !== null && source.source !== 'book' && asksAsCustomer(source),
  );
