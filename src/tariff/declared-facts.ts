import type { Pack } from '../config/pack/pack.ts';
import type { Problem } from '../config/secrets.ts';
import { declareSchema, type Declare } from './model/declare.ts';

type DeclaringPack = Pick<Pack, 'tariff' | 'currency'>;

const parse = ({ tariff, currency }: DeclaringPack) =>
  // Prices without a currency are in the provider's own; a payload or a declaration that names one wins.
  declareSchema.safeParse({ currency, ...tariff.prices.declare });

/** The pack's `declare`, parsed. Throws when it is not valid; `declareProblems` has said so at start. */
export function declaredFacts(pack: DeclaringPack): Declare {
  const parsed = parse(pack);
  if (parsed.success) return parsed.data;
  throw parsed.error;
}

export function declareProblems(pack: DeclaringPack): Problem[] {
  const parsed = parse(pack);
  if (parsed.success) return [];
  const at = `provider.yaml ${pack.tariff.prices.at}.declare`;
  return parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          where: `${at}.${key}`,
          fix: 'is not known here; correct its spelling or remove it',
        }))
      : [{ where: [at, ...issue.path.map(String)].join('.'), fix: `must be ${issue.message}` }],
  );
}
