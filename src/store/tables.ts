import type { Generated } from 'kysely';

/**
 * The tables, alike in SQLite and PostgreSQL. Times are epoch milliseconds. Columns that end in `_sealed` hold
 * AES-256-GCM envelopes bound to their row; columns that end in `_hash` hold digests of secrets that are never kept.
 */
export interface Tables {
  journeys: JourneysTable;
  sign_ins: SignInsTable;
  decisions: DecisionsTable;
  consent_records: ConsentRecordsTable;
  grants: GrantsTable;
  outbox: OutboxTable;
  last_good_answers: LastGoodAnswersTable;
  customer_tokens: CustomerTokensTable;
  connection_sessions: ConnectionSessionsTable;
  settings: SettingsTable;
}

/** One customer's visit. */
export interface JourneysTable {
  id: string;
  /** Null once the visit has expired and its link was opened anew. */
  token_hash: string | null;
  state: string;
  /** Connect token, session context, return address, entry extras. */
  visit_sealed: string;
  /** Digest of the secret in the cookie of the browser that holds the journey. */
  browser_hash: string | null;
  /** Who signed in: subject, claims, and the access token while a source needs it. */
  identity_sealed: string | null;
  /** The supply under decision, and what the consent page showed of it. */
  supply_sealed: string | null;
  /** Why the journey stands still, as shown on its error page. */
  problem: string | null;
  /** 1 when the next sign-in must ask for credentials again. */
  fresh_sign_in: number;
  decision_id: string | null;
  created_at: number;
  expires_at: number;
  /** When Flatpeak's token ends, as far as known. */
  token_expires_at: number;
  /** Grows with every change; a change made from an older picture is refused. */
  version: number;
}

/** An authorization request on its way; read once, then gone. */
export interface SignInsTable {
  state_hash: string;
  journey_id: string;
  browser_hash: string;
  /** PKCE verifier, nonce and the address the browser is sent to; null once spent. */
  request_sealed: string | null;
  expires_at: number;
}

export interface DecisionsTable {
  /** Also the submission's Idempotency-Key. */
  id: string;
  journey_id: string;
  outcome: string;
  reason: string;
  decided_at: number;
}

/** The evidence; rows are added, never changed. */
export interface ConsentRecordsTable {
  id: string;
  decision_id: string;
  event: string;
  subject_key: string;
  account_id: string;
  grant_id: string | null;
  language: string;
  text_version: string;
  text_hash: string;
  /** The values the page showed, and to whom. */
  evidence_sealed: string;
  recorded_at: number;
}

/** A long-lived right to poll one supply's tariff. */
export interface GrantsTable {
  id: string;
  token_hash: string;
  decision_id: string;
  subject_key: string;
  account_id: string;
  /** Same value for the same customer, supply and recipient: a later consent replaces the earlier. */
  share_key: string;
  /** Subject, claims, account, supply and meter point the grant is bound to. */
  binding_sealed: string;
  status: string;
  created_at: number;
  expires_at: number;
  ended_at: number | null;
  last_read_at: number | null;
  /** When the provider's system last said that the customer has the supply. */
  entitled_at: Generated<number>;
}

/** Decisions on their way to Flatpeak. */
export interface OutboxTable {
  id: string;
  decision_id: string;
  /** Address and body, fixed when the decision was made; emptied once settled. */
  message_sealed: string | null;
  state: string;
  attempts: number;
  /** 1 when an attempt may have arrived without our hearing of it. */
  unanswered: number;
  next_attempt_at: number;
  /** When the claim of whoever sends it runs out; while nobody does, when the last claim ended. */
  claimed_until: number;
  deadline_at: number;
  last_code: string | null;
  created_at: number;
  settled_at: number | null;
}

/** One browser at the overview of shares. */
export interface ConnectionSessionsTable {
  id: string;
  /** Digest of the secret in the browser's cookie. */
  browser_hash: string;
  /** Digest of the authorization request's `state`. */
  state_hash: string;
  /** PKCE verifier, nonce and the address the browser is sent to; null once spent. */
  request_sealed: string | null;
  /** Who signed in; null before. */
  customer_sealed: string | null;
  expires_at: number;
}

/** The identity provider's tokens of a grant's customer, where a source is asked with them. */
export interface CustomerTokensTable {
  grant_id: string;
  access_sealed: string;
  /** The refresh token, and whom an answer to it must be about. */
  refresh_sealed: string;
  access_expires_at: number;
  /** Grows when new tokens are stored; what was got with older ones does not replace newer ones. */
  version: number;
  /** Until then one instance is asking for new tokens, and the others wait. */
  leased_until: number;
}

/** What a source last said that made a valid tariff. */
export interface LastGoodAnswersTable {
  /** Digest of the question; says nothing about customer or supply. */
  key: string;
  /** Digest of the answer: what has not changed is not written again. */
  digest: string;
  answer_sealed: string;
  /** When its prices end, and sooner where they go on for long. */
  expires_at: number;
}

export interface SettingsTable {
  name: string;
  value_sealed: string;
  created_at: Generated<number>;
}
