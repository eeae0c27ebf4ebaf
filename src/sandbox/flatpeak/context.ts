import type { Answer } from '../http/answer.ts';
import type { ApiParts, Call } from './parts.ts';
import { withToken, type AppAccount } from './connections.ts';
import { badCredentials, errorAnswer, notFound } from './errors.ts';

/** The account's key names are this project's assumption; only the links themselves are documented. */
function accountOf(app: AppAccount) {
  return {
    id: app.id,
    display_name: app.displayName,
    logo_url: app.logoUrl,
    terms_url: app.termsUrl,
    support_url: app.supportUrl,
    privacy_url: app.privacyUrl,
  };
}

/** The session context in both published profiles. */
export function createContext({ adapterUrl, clock, connections, credentials }: ApiParts) {
  return (profile: 'session' | 'account-info', call: Call): Answer => {
    if (!credentials.of(call.authorization)) return badCredentials;
    const connection = connections.find(call.token);
    if (!connection) return notFound;
    const refuse = (status: number, code: string, message: string) =>
      errorAnswer(clock, status, 'api.connect_session', code, message, call.token);
    if (connection.submission) return refuse(409, 'connect_token_used', 'Connect token was already used.');
    if (connection.expiresAt <= clock()) return refuse(410, 'connect_token_expired', 'Connect token has expired.');
    const account = accountOf(connection.account);
    if (profile === 'account-info') return { status: 200, body: { account, credentials: {} } };
    const body = {
      account,
      redirect_uri: `${adapterUrl}/connect`,
      connect_web_uri: withToken(connection.connectUrl, connection.token),
    };
    return { status: 200, body };
  };
}
