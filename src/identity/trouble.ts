import { AuthorizationResponseError, ResponseBodyError } from 'openid-client';
import { codeOf, Failure } from '../base/failure.ts';

/** What a provider may say of itself (RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6); no other text of its is told. */
const REGISTERED = new Set([
  'access_denied',
  'account_selection_required',
  'consent_required',
  'interaction_required',
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_request_object',
  'invalid_request_uri',
  'invalid_scope',
  'login_required',
  'registration_not_supported',
  'request_not_supported',
  'request_uri_not_supported',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_response_type',
]);

/**
 * The most telling code in a chain of causes: the network's own before the library's wrapping, and what the provider
 * calls the error itself.
 */
export function troubleOf(error: unknown): string {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if (inner instanceof Failure && inner.code.startsWith('outbound_')) return inner.code;
  }
  const answered = error instanceof ResponseBodyError || error instanceof AuthorizationResponseError;
  return answered && REGISTERED.has(error.error) ? error.error : codeOf(error);
}

/** True when the provider is away or says "not now", rather than no to this attempt. */
export const isOutage = (trouble: string): boolean =>
  trouble.startsWith('outbound_') || trouble === 'server_error' || trouble === 'temporarily_unavailable';
