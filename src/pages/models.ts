/**
 * What each page is told. Plain data with raw values (instants, codes, decimals): words, numbers, dates and money
 * are put into the reader's language while rendering. Nothing here is markup, and nothing here is secret except
 * `csrf`, which belongs in the page's own forms.
 */

/** The company whose app asks; every part comes from Flatpeak's session context and may be missing. */
export interface RecipientModel {
  name: string | null;
  /** Our own address of its logo; null when Flatpeak names none. */
  logo: string | null;
  termsUrl: string | null;
  privacyUrl: string | null;
  supportUrl: string | null;
}

/** Present on every page of a journey; the forms post to `${base}/${action}`. */
export interface Frame {
  base: string;
  csrf: string;
  recipient: RecipientModel;
  reference: string;
}

export interface LoginModel {
  step: 'login';
  frame: Frame;
  /** Somebody has signed in for this journey in another browser: only the same customer may go on. */
  heldElsewhere: boolean;
  /** False when `cancel` is not this browser's to press; then `leaveUrl`, when known, is the way back. */
  canCancel: boolean;
  leaveUrl: string | null;
}

/** Leads out to the identity provider by meta refresh and a visible link. */
export interface RedirectingModel {
  step: 'redirecting';
  frame: Frame;
  url: string;
}

export type UnavailableReason =
  'moved_out' | 'not_account_holder' | 'business_authority' | 'switch_pending' | 'not_supported' | 'other';

export interface SupplyModel {
  /** Value of the form field `supply`; opaque to the page. */
  key: string;
  label: string;
  direction: 'IMPORT' | 'EXPORT';
  tariffName: string | null;
  addressLines: string[];
  unavailable: { reason: UnavailableReason; text: string | null } | null;
}

export interface CustomerModel {
  /** Who is signed in, already masked (for example "A… Example" or "a…@example.com"); null when nothing names them. */
  masked: string | null;
}

export interface SupplyChoiceModel {
  step: 'supply';
  frame: Frame;
  customer: CustomerModel;
  supplies: SupplyModel[];
  /** `key` of a supply to pre-select, from an earlier share; never any other. */
  selected: string | null;
  /** A choice was posted that cannot be made. */
  problem: 'none_chosen' | 'not_available' | null;
  search: { query: string; total: number; page: number; pages: number };
}

export interface PricePointModel {
  /** Instants, half-open. */
  from: string;
  to: string;
  /** Major currency units per kWh. */
  value: number;
  confidence: number;
}

export interface PricesModel {
  currency: string;
  /** IANA zone of the supply. */
  timezone: string;
  vatIncluded: boolean;
  includes: string[];
  now: number | null;
  /** Ascending, [now, now + 24 h) as far as known; may have more than one tier, then this is the first. */
  points: PricePointModel[];
  tiered: boolean;
}

export interface ConsentModel {
  step: 'consent';
  frame: Frame;
  customer: CustomerModel;
  supply: SupplyModel;
  tariffName: string | null;
  /** Null while the source of prices is out of order; consent is possible all the same. */
  prices: PricesModel | null;
  /** Exactly what would be submitted: all lines, a postcode and country, or null when not shared. */
  addressShared: { kind: 'full' | 'postcode'; lines: string[] } | null;
  contract: { start: string | null; end: string | null; timezone: string };
  /** Instant at which the right to read ends by itself. */
  until: string;
  pollsPerHour: number;
  /** Back to the list; only when there is more than one supply. */
  canChooseAnother: boolean;
}

export interface FinishingModel {
  step: 'finishing';
  frame: Frame;
  /** Our own next address; the server holds that request until there is news. */
  url: string;
  /** What was decided, where the route knows it: the words about waiting are then exact. */
  outcome?: DecisionOutcome;
}

export type DecisionOutcome = 'allowed' | 'declined' | 'failed';

export interface DoneModel {
  step: 'done';
  frame: Frame | null;
  /** `ended`: allowed, and what was allowed has been stopped since. */
  outcome: DecisionOutcome | 'ended';
  /** `pending`: Flatpeak has not answered yet; it may take some minutes. */
  delivery: 'accepted' | 'pending';
  /** Where the app waits; null when no trusted address is known. */
  returnUrl: string | null;
  /** Another browser asks about a journey that is decided: told so, and no more. */
  foreign: boolean;
}

/** `data-reason` of the error page; documented in docs/errors.md. */
export type ErrorReason =
  | 'token_missing'
  | 'token_invalid'
  | 'token_ambiguous'
  | 'token_unknown'
  | 'token_expired'
  | 'token_used'
  | 'flatpeak_refused_us'
  | 'flatpeak_malformed'
  | 'flatpeak_unavailable'
  | 'journey_expired'
  | 'journey_unknown'
  | 'sign_in_failed'
  | 'identity_provider_unavailable'
  | 'sign_in_elsewhere'
  | 'different_customer'
  | 'no_supply'
  | 'supplies_unavailable'
  | 'tariff_not_supported'
  | 'not_delivered'
  | 'form_rejected'
  | 'too_many_requests'
  | 'request_rejected'
  | 'not_found'
  | 'try_later'
  | 'internal';

export interface ErrorModel {
  step: 'error';
  /** A customer's visit from an app, or the overview of what is shared. */
  about: 'visit' | 'connections';
  /** Null when the error stands outside any journey. */
  frame: Frame | null;
  reason: ErrorReason;
  reference: string;
  /** Forms to offer; both need `frame`. */
  actions: ('retry' | 'return' | 'switch')[];
  /** A trusted way back that decides nothing; shown as a link when there is no `return` action. */
  leaveUrl: string | null;
  /** Our own address where the same can be tried again; empty for the one the reader is at. */
  again?: string | null;
  /** For `no_supply`: what there is, and why it cannot be shared. */
  supplies: SupplyModel[];
}

/** The way in to the overview of what is shared. */
export interface ConnectionsSignInModel {
  step: 'connections_sign_in';
  frame: Frame;
  /** The customer has just signed out here. */
  signedOut: boolean;
}

/** Leads to the identity provider's own sign-out, after ours. */
export interface SigningOutModel {
  step: 'signing_out';
  frame: Frame;
  url: string;
}

/** Why sharing has ended; `withdrawn` by the customer, `stopped` by the provider. */
export type ShareEnd =
  'withdrawn' | 'stopped' | 'expired' | 'supply_left' | 'access_ended' | 'not_delivered' | 'replaced';

/** One share, as the customer agreed to it and as it stands. Instants are RFC 3339; unknown parts are null. */
export interface ShareModel {
  /** The grant's opaque name. */
  id: string;
  recipient: string | null;
  supply: { label: string | null; addressLines: string[]; direction: 'IMPORT' | 'EXPORT' };
  tariffName: string | null;
  contract: { start: string | null; end: string | null; endsSoon: boolean };
  since: string;
  until: string;
  lastRead: string | null;
  /** Flatpeak has not confirmed the consent yet. */
  pending: boolean;
  /** Why is null where nobody can tell any more. */
  ended: { at: string; reason: ShareEnd | null } | null;
  /** IANA zone of the provider's pack. */
  timezone: string;
}

/** What a customer shares, and has shared. */
export interface ConnectionsModel {
  step: 'connections';
  frame: Frame;
  customer: CustomerModel;
  active: ShareModel[];
  /** The last to end first. */
  ended: ShareModel[];
}

/** Said after sharing has been stopped. */
export interface StopModel {
  step: 'stop';
  frame: Frame;
  share: ShareModel;
}

/** What a customer can keep of a consent: the evidence, in words. */
export interface ReceiptModel {
  step: 'receipt';
  frame: Frame;
  share: ShareModel;
  /** Null when no address was shared. */
  addressShared: string[] | null;
  /** Identifies the wording that was agreed to. */
  text: { language: string; version: string; hash: string };
  /** Where the receipt was opened from. */
  backUrl: string;
}

export type PageModel =
  | LoginModel
  | RedirectingModel
  | SupplyChoiceModel
  | ConsentModel
  | FinishingModel
  | DoneModel
  | ErrorModel
  | ConnectionsSignInModel
  | SigningOutModel
  | ConnectionsModel
  | StopModel
  | ReceiptModel;
