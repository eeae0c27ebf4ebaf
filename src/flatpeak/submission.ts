/**
 * What Flatpeak is told (guide for energy providers, "Process customer decision"). The member names `auth_data`,
 * `postal_address`, `contract_term` and the three actions are documented; the envelope and what stands inside
 * `contract_term` are not, which is why a provider pack may reshape the whole with a mapping.
 */
export type AuthData = BearerAuthData | OAuthAuthData;

/** A token of the adapter's own. */
export interface BearerAuthData {
  type: 'bearer';
  access_token: string;
  /** RFC 3339. */
  expires_at: string;
  tariff_url: string;
  grant_id: string;
}

/** Tokens of the provider's authorization server, as it issued them (RFC 6749 §5.1). */
export interface OAuthAuthData {
  type: 'oauth2';
  access_token: string;
  refresh_token?: string;
  /** RFC 3339; of the access token. */
  expires_at: string;
  scope: string;
  token_endpoint: string;
  tariff_url: string;
  grant_id: string;
}

export interface PostalAddress {
  address_line1?: string;
  address_line2?: string;
  city?: string;
  state?: string;
  post_code?: string;
  country_code?: string;
}

/** RFC 3339 date-times; an unknown date is left out. */
export interface ContractTerm {
  start_date?: string;
  end_date?: string;
}

export type DismissAction = 'DISMISS_LOGIN' | 'DISMISS_CONSENT' | 'ERROR';

export type Submission =
  | {
      connect_token: string;
      action?: string;
      auth_data: AuthData;
      postal_address?: PostalAddress;
      contract_term?: ContractTerm;
    }
  | { connect_token: string; action: DismissAction };
