import type { Clock } from '../base/clock.ts';
import { randomId } from '../base/random.ts';
import type { AuthData, ContractTerm, DismissAction, PostalAddress, Submission } from '../flatpeak/submission.ts';
import type { CustomerTokens } from '../identity/claims.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Queries } from '../store/database.ts';
import type { LookupKey } from '../store/sealing.ts';
import { bearerAuthData, oauthAuthData, whatRevokes, type HandOver } from './auth-data.ts';
import type { GrantBinding } from './binding.ts';
import type { ConsentRecords } from './consent-records.ts';
import type { Grants, NewGrant } from './grants.ts';
import type { TokenKeeper } from './token-keeper.ts';

/** What the customer agreed to, as their page showed it. */
export interface Consent {
  binding: GrantBinding;
  postalAddress: PostalAddress | null;
  contractTerm: ContractTerm | null;
  language: string;
  text: { version: string; hash: string };
  /** Every value the page showed, and to whom it would go; kept sealed as evidence. */
  shown: Record<string, unknown>;
  /** With which the provider's systems are asked in the customer's name, where they are. */
  tokens?: CustomerTokens | null;
}

export interface DecisionInput {
  journeyId: string;
  connectToken: string;
  /** When Flatpeak's token ends: nothing is sent after it. */
  deadlineAt: number;
  /** The recipient's account id at Flatpeak, or its name when it has none. */
  accountId: string;
  outcome: 'allowed' | 'declined' | 'failed';
  reason: string;
  /** What Flatpeak is told; null exactly when `consent` is given. */
  action: DismissAction | null;
  consent: Consent | null;
}

/** A decision ready to be recorded: its message to Flatpeak is fixed from here on. */
export interface PreparedDecision extends DecisionInput {
  id: string;
  grant: NewGrant | null;
  /** Look-up key of the customer, when there is a consent to record. */
  subjectKey: string | null;
  path: string;
  body: string;
}

export interface Decisions {
  /** Makes identifiers, grant and message. Slow work (a pack's mapping) is done here, outside any transaction. */
  prepare(input: DecisionInput): Promise<PreparedDecision>;
  /** Decision, consent record, grant and outbox entry: all of them or none, in the caller's transaction. */
  record(queries: Queries, decision: PreparedDecision): Promise<void>;
}

export interface DecisionParts {
  grants: Grants;
  outbox: () => Outbox;
  consentRecords: ConsentRecords;
  /** Keeps the customer's tokens with the grant; absent where nobody needs them. */
  tokenKeeper?: Pick<TokenKeeper, 'store'> | undefined;
  lookupKey: () => Promise<LookupKey>;
  clock: Clock;
  submitPath: (connectToken: string) => string;
  tariffUrl: URL;
  /** Set where the identity provider's tokens are handed over instead of a token of ours. */
  handOver?: HandOver | undefined;
  /** FLATPEAK_CONSENT_ACTION: the success value, which is not publicly documented. */
  consentAction: string | null;
  /** The pack's own envelope; identity when it has none. */
  reshape: (submission: Submission) => Promise<unknown>;
}

export function createDecisions(parts: DecisionParts): Decisions {
  const { grants, consentRecords, clock } = parts;

  const authData = (grant: NewGrant, { tokens }: Consent): AuthData | Promise<AuthData> =>
    parts.handOver
      ? oauthAuthData(grant, parts.tariffUrl, tokens, parts.handOver)
      : bearerAuthData(grant, parts.tariffUrl);

  const submissionOf = async (input: DecisionInput, grant: NewGrant | null): Promise<Submission> => {
    const { connectToken: connect_token, action, consent } = input;
    if (!consent || !grant) return { connect_token, action: action ?? 'ERROR' };
    return {
      connect_token,
      ...(parts.consentAction === null ? {} : { action: parts.consentAction }),
      auth_data: await authData(grant, consent),
      ...(consent.postalAddress ? { postal_address: consent.postalAddress } : {}),
      ...(consent.contractTerm ? { contract_term: consent.contractTerm } : {}),
    };
  };

  return {
    async prepare(input) {
      const { consent, accountId } = input;
      const key = await parts.lookupKey();
      const grant = consent && input.outcome === 'allowed' ? await grants.prepare(consent.binding, accountId) : null;
      return {
        ...input,
        id: randomId(),
        grant,
        subjectKey: consent ? key('subject', consent.binding.customer.sub) : null,
        path: parts.submitPath(input.connectToken),
        body: JSON.stringify(await parts.reshape(await submissionOf(input, grant))),
      };
    },

    async record(queries, decision) {
      const { id, consent, grant } = decision;
      await queries
        .insertInto('decisions')
        .values({
          id,
          journey_id: decision.journeyId,
          outcome: decision.outcome,
          reason: decision.reason,
          decided_at: clock(),
        })
        .execute();
      if (consent && decision.subjectKey !== null) {
        await consentRecords.add(queries, grant ? 'granted' : 'declined', {
          decisionId: id,
          subjectKey: decision.subjectKey,
          accountId: decision.accountId,
          grantId: grant?.id ?? null,
          language: consent.language,
          text: consent.text,
          shown: consent.shown,
        });
      }
      if (grant) await grants.store(queries, grant, id);
      if (grant && consent?.tokens) {
        const kept = parts.handOver ? whatRevokes(consent.tokens) : consent.tokens;
        await parts.tokenKeeper?.store(queries, grant.id, consent.binding.customer.sub, kept);
      }
      await parts.outbox().enqueue(queries, {
        decisionId: id,
        path: decision.path,
        body: decision.body,
        deadlineAt: decision.deadlineAt,
      });
    },
  };
}
