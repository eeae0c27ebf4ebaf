import { pathToFileURL } from 'node:url';
import { Failure } from '../../base/failure.ts';
import type { Source } from '../../config/pack/pack.ts';
import { asksAsCustomer } from '../../config/pack/source-rules.ts';
import { malformed, refuseErrors, sha256 } from './document.ts';
import { requireToken, type DocumentSource, type SourceContext, type StepName } from './source.ts';

export type ModuleSource = Extract<Source, { source: 'module' }>;

/** What such a function is called with. Instants are RFC 3339 texts; `signal` says when nobody waits any more. */
export interface ModuleContext {
  sub: string;
  claims: Record<string, unknown>;
  supply: SourceContext['supply'] | null;
  agreement: Record<string, unknown> | null;
  from: string | null;
  to: string | null;
  access_token: string | null;
  select: Record<string, string | number | boolean>;
  signal: AbortSignal;
}

/** The exported function. Throws when the module cannot be loaded or has none of that name. */
export async function loadModule(file: string, name: StepName): Promise<(context: ModuleContext) => unknown> {
  const exported = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const found = exported[name];
  if (typeof found !== 'function') throw new Failure('source_not_a_module', { path: name });
  return found as (context: ModuleContext) => unknown;
}

/** The provider's own code. Whatever it throws is `source_unavailable`, unless it is a Failure of ours. */
export function createModuleSource(spec: ModuleSource, name: StepName, timeoutMs = 15_000): DocumentSource {
  let loading: ReturnType<typeof loadModule> | null = null;
  return {
    async read(context) {
      const signal = AbortSignal.timeout(timeoutMs);
      const late = new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Failure('source_unavailable', { reason: 'timeout' })), {
          once: true,
        }),
      );
      const answer = async () => {
        const call = await (loading ??= loadModule(spec.module, name));
        return call(forModule(spec, context, await tokenFor(spec, context), signal));
      };
      const document = await Promise.race([answer(), late]).catch((error: unknown) => {
        throw error instanceof Failure ? error : new Failure('source_unavailable', { reason: 'module' }, error);
      });
      refuseErrors(document);
      return { document, sha256: sha256(textOf(document)) };
    },
    close: () => Promise.resolve(),
  };
}

const tokenFor = (spec: ModuleSource, { customerToken }: SourceContext): Promise<string> | null =>
  asksAsCustomer(spec) ? requireToken(customerToken)() : null;

function forModule(
  spec: ModuleSource,
  context: SourceContext,
  accessToken: string | null,
  signal: AbortSignal,
): ModuleContext {
  return {
    sub: context.sub,
    claims: context.claims,
    supply: context.supply ?? null,
    agreement: context.agreement ?? null,
    from: context.from?.toString() ?? null,
    to: context.to?.toString() ?? null,
    access_token: accessToken,
    select: 'select' in spec ? spec.select : {},
    signal,
  };
}

function textOf(document: unknown): string {
  try {
    return JSON.stringify(document);
  } catch {
    throw malformed('not_a_document');
  }
}
