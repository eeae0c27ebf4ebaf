import { Option, type Command } from 'commander';
import { instantOf } from '../../base/clock.ts';
import { createMapper, type Mapper } from '../../tariff/mapping/mapper.ts';
import type { TariffProblem } from '../../tariff/model/problem.ts';
import { agreementPresets, presets } from '../../tariff/presets/registry.ts';
import { instantOption, textPairs, yamlPairs } from '../options.ts';
import { EXIT, UsageProblem, type ExitCode, type Surroundings } from '../surroundings.ts';
import { checkSupply } from '../tariff/check-supply.ts';
import { outlineOf } from '../tariff/outline.ts';
import { readPayload } from '../tariff/payload.ts';
import { reportOf } from '../tariff/report.ts';
import { mappingFile, shapeAgreement, shapePayload, type Way } from '../tariff/shape.ts';
import { refused, verdictOn, type Verdict } from '../tariff/verdict.ts';
import { paintFor } from '../text.ts';

interface CheckOptions {
  preset?: string;
  mapping?: string;
  declare?: Record<string, unknown>;
  select?: Record<string, string>;
  agreement?: string;
  agreementPreset?: string;
  agreementMapping?: string;
  pack?: string;
  supply?: string;
  claim?: Record<string, string>;
  at?: Temporal.Instant;
  json?: true;
}

/** A verdict, and for whoever has to mend it what the payload looked like to us. */
export type Checked = Verdict & { seen?: unknown };

const EXAMPLES = `
Examples:
  adapter tariff check rates.json --declare price_divisor=100 --at 2026-11-21T02:00:00Z
  adapter tariff check day-ahead.xml --preset entso-e --agreement agreement.json
  curl -H "X-Api-Key: $KEY" https://billing.example/tariff/1 | adapter tariff check - --mapping tariff.jsonata
  adapter tariff check --pack ./pack --supply S-1 --claim customer_number=C-1001

Exit code: 0 it can be served, 1 it cannot, 2 the command line is wrong.`;

/** `tariff check`: what the endpoint would make of one payload, or of one supply read through the pack's sources. */
export function addTariffCheck(tariff: Command, surroundings: Surroundings, end: (code: ExitCode) => void): void {
  const formats = [...presets.keys()];
  const agreementFormats = [...agreementPresets.keys()];
  tariff
    .command('check')
    .description('Says whether a payload makes a tariff that can be served, and why not.')
    .argument('[payload]', 'JSON or XML: a file, an http(s) address, or - for standard input')
    .addOption(new Option('--preset <name>', 'the format of the payload').choices(formats).conflicts('mapping'))
    .option('--mapping <file>', 'a JSONata file that gives it our shape')
    .option('--declare <name=value>', 'what the payload does not say itself, as in provider.yaml', yamlPairs)
    .option('--select <name=value>', 'which part of the payload is meant, as in provider.yaml', textPairs)
    .option('--agreement <json|file>', "the agreement step's answer: contract, and what is this supply's own")
    .addOption(
      new Option('--agreement-preset <name>', 'the format of the agreement')
        .choices(agreementFormats)
        .conflicts('agreementMapping'),
    )
    .option('--agreement-mapping <file>', 'a JSONata file that gives the agreement our shape')
    .addOption(
      new Option('--pack <folder>', "read through this pack's own sources").conflicts([
        'preset',
        'mapping',
        'agreement',
      ]),
    )
    .option('--supply <id>', 'with --pack: which supply')
    .option('--claim <name=value>', 'with --pack: a claim of the customer, sub included', textPairs)
    .option('--at <instant>', 'the moment to check for (default: now)', instantOption)
    .option('--json', 'the result as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (from: string | undefined, options: CheckOptions) => {
      const at = options.at ?? instantOf(surroundings.clock);
      const checked = await check(from, options, at, surroundings);
      print(checked, at, options.json === true, surroundings);
      end(checked.problems.length === 0 ? EXIT.ok : EXIT.no);
    });
}

async function check(
  from: string | undefined,
  options: CheckOptions,
  at: Temporal.Instant,
  surroundings: Surroundings,
): Promise<Checked> {
  const { pack, supply, claim = {} } = options;
  if (pack !== undefined) {
    if (from !== undefined) throw new UsageProblem('a payload and --pack exclude each other');
    if (supply === undefined)
      throw new UsageProblem('--pack needs --supply, and --claim for what its sources ask with');
    return checkSupply({ pack, supply, claims: claim }, options.at, surroundings);
  }
  if (from === undefined) throw new UsageProblem('name a payload, or --pack with --supply');
  if (supply !== undefined || options.claim) throw new UsageProblem('--supply and --claim belong to --pack');
  const mapper = createMapper({ processes: 1 });
  try {
    return await checkPayload(from, options, at, surroundings, mapper);
  } finally {
    await mapper.close();
  }
}

async function checkPayload(
  from: string,
  options: CheckOptions,
  at: Temporal.Instant,
  surroundings: Surroundings,
  mapper: Mapper,
): Promise<Checked> {
  const way = wayOf(options, options.preset, options.mapping);
  const agreementWay = wayOf(options, options.agreementPreset, options.agreementMapping);
  const payload = await readPayload(from, surroundings);
  if (!payload.ok) return refused(payload.problems);
  const agreement = await agreementOf(options.agreement, agreementWay, at, surroundings, mapper);
  if (!agreement.ok) return refused(agreement.problems.map(inAgreement));
  const shaped = await shapePayload(payload.payload, way, agreement.raw, at, mapper);
  return shaped.ok ? verdictOn(shaped.read, at) : { ...refused(shaped.problems), seen: shaped.seen };
}

const wayOf = ({ select = {}, declare = {} }: CheckOptions, preset?: string, mapping?: string): Way => ({
  preset,
  mapping: mapping === undefined ? undefined : mappingFile(mapping),
  select,
  declare,
});

async function agreementOf(
  written: string | undefined,
  way: Way,
  at: Temporal.Instant,
  surroundings: Surroundings,
  mapper: Mapper,
): ReturnType<typeof shapeAgreement> {
  if (written === undefined) {
    if (way.preset ?? way.mapping) throw new UsageProblem('--agreement names the agreement to be read');
    return { ok: true, raw: undefined };
  }
  const inline = written.trimStart().startsWith('{');
  const read = await readPayload(
    inline ? '-' : written,
    inline ? { ...surroundings, readStdin: () => Promise.resolve(written) } : surroundings,
  );
  return read.ok ? shapeAgreement(read.payload.document, way, at, mapper) : read;
}

const inAgreement = ({ code, path, detail }: TariffProblem): TariffProblem => ({
  code,
  path: path.startsWith('$') ? `agreement${path.slice(1)}` : path,
  detail,
});

function print({ seen, ...verdict }: Checked, at: Temporal.Instant, asJson: boolean, { out, env }: Surroundings): void {
  const { served, problems, next } = verdict;
  if (asJson) {
    const result = { served: problems.length === 0, at: at.toString(), problems, tariff: served, next_48_hours: next };
    out.write(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  const paint = paintFor(out, env);
  const outline = seen === undefined ? [] : [...outlineOf(seen, paint), ''];
  out.write(`${[...outline, ...reportOf(verdict, at, out.columns, paint)].join('\n')}\n`);
}
