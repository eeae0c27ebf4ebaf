import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import type { TlsMaterial } from '../../config/pack/pack.ts';
import type { Environment } from '../../config/secrets.ts';

/**
 * Connections to one source: with its private authority and client certificate, and through the proxy that the usual
 * variables name (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`, either case).
 */
export function createDispatcher(tls: TlsMaterial | null, env: Environment): Dispatcher {
  const variable = (name: string) => env[name.toLowerCase()] ?? env[name] ?? '';
  const connect = { ...tls };
  if (variable('HTTP_PROXY') === '' && variable('HTTPS_PROXY') === '') return new Agent({ connect });
  return new EnvHttpProxyAgent({
    httpProxy: variable('HTTP_PROXY'),
    httpsProxy: variable('HTTPS_PROXY'),
    noProxy: variable('NO_PROXY'),
    connect,
    requestTls: connect,
  });
}
