import { startIdentityProvider, type IdentityProvider } from '../../src/sandbox/identity/identity.ts';
import { CLIENT_ID, CLIENT_SECRET, REDIRECT_URI } from './provider.ts';

/** oidc-provider with rotation: each refresh token works once, and a second use ends everything that came of it. */
export const startRotatingIdp = (): Promise<IdentityProvider> =>
  startIdentityProvider({
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    redirectUri: REDIRECT_URI,
    behaviour: { autoLogin: 'alice' },
  });
