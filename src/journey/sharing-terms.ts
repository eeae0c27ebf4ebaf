import type { PostalAddress, ContractTerm } from '../flatpeak/submission.ts';
import type { Supply } from '../tariff/supplies.ts';

/** What a supply's data becomes on its way out; the consent page shows exactly this and the submission sends it. */

type SupplyAddress = NonNullable<Supply['postal_address']>;

const KEYS = ['address_line1', 'address_line2', 'city', 'state', 'post_code', 'country_code'] as const;

/** `postcode` leaves only what tells a market region. Null when nothing would be shared. */
export function sharedAddress(
  address: SupplyAddress | null | undefined,
  share: 'full' | 'postcode' | 'none',
): PostalAddress | null {
  if (!address || share === 'none') return null;
  const keys = share === 'full' ? KEYS : (['post_code', 'country_code'] as const);
  const entries = keys.flatMap((key) => (address[key] ? [[key, address[key]] as const] : []));
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** Lines of an address as written on an envelope; the country only as its code, put into words while rendering. */
export function addressLines(address: PostalAddress | SupplyAddress | null | undefined): string[] {
  if (!address) return [];
  const town = [address.city, address.state, address.post_code].filter(Boolean).join(' ');
  return [address.address_line1, address.address_line2, town, address.country_code].filter(
    (line): line is string => typeof line === 'string' && line !== '',
  );
}

/** Unknown dates are left out; null when nothing is known. */
export function contractTerm(start: string | null, end: string | null): ContractTerm | null {
  if (start === null && end === null) return null;
  return { ...(start === null ? {} : { start_date: start }), ...(end === null ? {} : { end_date: end }) };
}
