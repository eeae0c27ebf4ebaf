import type { Pack } from '../config/pack/pack.ts';
import type { Problem } from '../config/secrets.ts';
import { declareSchema, type Declare } from './model/declare.ts';
import { agreementPresetProblems, factsFor, presetProblems } from './presets/apply.ts';
import { presets } from './presets/registry.ts';

type DeclaringPack = Pick<Pack, 'tariff' | 'currency'>;

// Prices without a currency are in the provider's own; a payload or a declaration that names one wins.
const parse = ({ tariff, currency }: DeclaringPack) => declareSchema.safeParse({ currency, ...tariff.prices.declare });

/** The pack's `declare`, with what its preset knows. Throws when it is not valid; `declareProblems` has said so at start. */
export function declaredFacts(pack: DeclaringPack): Declare {
  const { declare, preset } = pack.tariff.prices;
  const known = preset === undefined ? undefined : presets.get(preset);
  const facts = known && factsFor(known, declare, { currency: pack.currency });
  if (facts?.ok) return facts.declare;
  const parsed = parse(pack);
  if (parsed.success) return parsed.data;
  throw parsed.error;
}

/** What is wrong with presets, their selectors and the declared facts of a pack. */
export function declareProblems(pack: DeclaringPack): Problem[] {
  const { prices, agreement } = pack.tariff;
  const about = (at: string, problems: { path: string; detail: string }[]): Problem[] =>
    problems.map(({ path, detail }) => ({ where: `provider.yaml ${at}.${path}`, fix: detail }));
  const agreementProblems =
    agreement?.preset === undefined
      ? []
      : about(agreement.at, agreementPresetProblems(agreement.preset, agreement.select));
  return prices.preset === undefined
    ? [...agreementProblems, ...factProblems(pack)]
    : [...agreementProblems, ...about(prices.at, presetProblems(prices.preset, prices))];
}

function factProblems(pack: DeclaringPack): Problem[] {
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
