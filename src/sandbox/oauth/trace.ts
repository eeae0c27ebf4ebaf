import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Provider } from './library.ts';
import type { Party, Trace } from '../trace/trace.ts';

/** Addresses the customer's browser goes to; the others are the adapter's. */
const BROWSER = /^\/(auth|session)\b/;

/** Reports what an authorization server was asked and answered. */
export function traceProvider(provider: Provider, to: Party, trace: Trace): void {
  provider.use(async (context, next) => {
    await next();
    const { oidc } = context as Partial<KoaContextWithOIDC>;
    const location = context.res.getHeader('location');
    trace.add({
      from: BROWSER.test(context.path) ? 'browser' : 'adapter',
      to,
      method: context.method,
      url: whole(context.req) ?? context.originalUrl,
      request: oidc?.body,
      status: context.status,
      answer: location === undefined ? jsonOf(context.body) : { location },
    });
  });
}

/** Express keeps the address as it came, from before the part that it mounted the server at was cut off. */
const whole = (request: object): string | undefined =>
  'originalUrl' in request && typeof request.originalUrl === 'string' ? request.originalUrl : undefined;

/** Pages are left out of the trace; what one program says to another is not. */
const jsonOf = (body: unknown): unknown => (typeof body === 'object' && body !== null ? body : null);
