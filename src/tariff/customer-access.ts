import { Failure } from '../base/failure.ts';
import type { ProvidersEnd } from '../sharing/endings.ts';
import type { GrantLookup } from '../sharing/grants.ts';
import { ACCESS_ENDED, type CustomerToken } from './sources/source.ts';

type ActiveGrant = Extract<GrantLookup, { status: 'active' }>;

/** Who keeps the tokens of customers whose provider's systems are asked in their own name. Throws as CustomerToken. */
export interface CustomerTokens {
  access(grantId: string, refused?: string): Promise<string>;
}

/** A grant whose customer's token can be got when a source asks with it. */
export type PollingGrant = Omit<ActiveGrant, 'customer'> & {
  customer: ActiveGrant['customer'] & { customerToken?: CustomerToken };
};

export const withToken = (grant: ActiveGrant, tokens: CustomerTokens | undefined): PollingGrant =>
  tokens
    ? { ...grant, customer: { ...grant.customer, customerToken: (refused) => tokens.access(grant.grantId, refused) } }
    : grant;

/**
 * The end of this grant, when that is what a failure means. Grants of one customer share answers, failures included,
 * and the end of another one's access is not this one's.
 */
export const endedBy = (error: unknown, grantId: string): ProvidersEnd | null =>
  error instanceof Failure && error.code === ACCESS_ENDED && error.facts.grant === grantId ? 'access_ended' : null;
