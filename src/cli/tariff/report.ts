import type { TariffProblem } from '../../tariff/model/problem.ts';
import type { EvaluatedInterval } from '../../tariff/model/prices.ts';
import { everyWindow } from '../../tariff/model/windows.ts';
import { table, printable, type Paint } from '../text.ts';
import { chart } from './chart.ts';
import { slotsOf } from './slots.ts';
import type { Served, Verdict } from './verdict.ts';

type Row = readonly [label: string, ...values: string[]];

/** The whole report of a check, for a terminal `columns` wide. */
export function reportOf(
  { served, problems, next }: Verdict,
  at: Temporal.Instant,
  columns: number,
  paint: Paint,
): string[] {
  return [
    ...(served ? [...modelLines(served, paint), '', ...coverageLines(served, paint), ''] : []),
    ...(served && next.length > 0 ? [...nextLines(served, next, at, columns, paint), ''] : []),
    ...problemLines(problems, paint),
    problems.length === 0
      ? paint('green', 'This tariff can be served.')
      : paint('red', `This tariff cannot be served: ${problems.length} problem${problems.length === 1 ? '' : 's'}.`),
  ];
}

function modelLines({ contract, tariff, source }: Served, paint: Paint): string[] {
  const { direction, type, structure, currency, timezone, vat } = tariff;
  const { prices, schedules, standing_charge: charge, not_expressed } = tariff;
  const rows: Row[] = [
    ['kind', `${direction} ${type} ${structure}`],
    [
      'money',
      `${currency} per kWh, VAT ${vat.included ? 'included' : 'excluded'} (${Number((vat.rate * 100).toFixed(6))} %)`,
    ],
    ['covers', tariff.price_includes.join(', ')],
    ['zone', timezone],
    ['contract', `${contract.start_date} to ${contract.end_date ?? 'further notice'}`],
    ...(schedules ?? []).map(scheduleRow),
    ...(prices ? [['prices', seriesText(prices)] as const] : []),
    ...(charge
      ? [
          [
            'standing charge',
            `${charge.value} ${currency} a day, VAT ${charge.vat_included ? 'included' : 'excluded'}`,
          ] as const,
        ]
      : []),
    ...(not_expressed.length > 0
      ? [['not expressed', ...not_expressed.map(({ code, detail }) => `${code}: ${detail}`)] as const]
      : []),
    ['read by', `${source.mapping} ${source.mapping_version}`],
  ];
  return [
    `${paint('bold', printable(tariff.display_name))} (${printable(tariff.provider_tariff_reference)})`,
    ...table(
      rows.map(([label, ...values]) => [label, ...values.map(printable)] as const),
      paint,
    ),
  ];
}

/** The dates of a schedule and every price in it, dearest last. */
function scheduleRow(schedule: NonNullable<Served['tariff']['schedules']>[number]): Row {
  const { valid_from, valid_to, tier_period } = schedule;
  const values = new Set(everyWindow([schedule]).flatMap(({ window }) => window.rate.map(({ value }) => value)));
  const prices = [...values].sort((left, right) => left - right).join(', ');
  const tiers = tier_period === undefined ? '' : `, tiers per ${tier_period}`;
  return ['schedule', `${valid_from} to ${valid_to ?? 'further notice'}${tiers}`, prices];
}

function seriesText(prices: readonly { valid_from: string; valid_to: string }[]): string {
  const [first] = prices;
  const last = prices.at(-1);
  return first && last
    ? `${prices.length} in the week from today, ${first.valid_from} to ${last.valid_to}`
    : 'none in the week from today';
}

function coverageLines({ coverage, notices, next_update }: Served, paint: Paint): string[] {
  const status = `${coverage.status}${coverage.reason === undefined ? '' : ` (${coverage.reason})`}`;
  return [
    paint('bold', 'Coverage'),
    ...table(
      [
        ['next 24 hours', coverage.status === 'complete' ? status : paint('yellow', status)],
        ['known until', `${coverage.to} (needed: ${coverage.required_to})`],
        ...(coverage.estimated_from === undefined ? [] : [['estimated from', coverage.estimated_from] as const]),
        ...(notices.length === 0
          ? []
          : [['notices', ...notices.map(({ code, detail }) => printable(`${code}: ${detail}`))] as const]),
        ['ask again at', next_update],
      ],
      paint,
    ),
  ];
}

function nextLines(
  { tariff }: Served,
  next: readonly EvaluatedInterval[],
  at: Temporal.Instant,
  columns: number,
  paint: Paint,
): string[] {
  const { currency, timezone } = tariff;
  const halfHours = slotsOf(next, at, timezone, 48, 30);
  const slots = columns >= halfHours.length + 14 ? halfHours : slotsOf(next, at, timezone, 48, 60);
  const tiers = next.find(({ price }) => price.tiers !== undefined)?.price.tiers;
  const legend = [
    ...(slots.some(({ value }) => value === null) ? ['· not known'] : []),
    ...(slots.some(({ estimate }) => estimate) ? ['░ estimate'] : []),
    ...(tiers ? ['of tiers, the first is drawn'] : []),
  ];
  const note = legend.length === 0 ? '' : `; ${legend.join(', ')}`;
  return [
    `${paint('bold', 'Next 48 hours')}, ${currency} per kWh, times in ${timezone}${note}`,
    ...chart(slots, paint),
    ...table(factRows(next, at, timezone), paint),
  ];
}

function factRows(next: readonly EvaluatedInterval[], at: Temporal.Instant, zone: string): Row[] {
  const byPrice = next.toSorted((left, right) => left.price.value - right.price.value);
  const [lowest] = byPrice;
  const highest = byPrice.find(({ price }) => price.value === byPrice.at(-1)?.price.value);
  const now = next.find(({ valid_from }) => Temporal.Instant.compare(Temporal.Instant.from(valid_from), at) <= 0);
  const priced = ({ price }: EvaluatedInterval) =>
    price.tiers
      ? price.tiers.map(({ to_kwh, value }) => `${value}${to_kwh === null ? '' : ` to ${to_kwh} kWh`}`).join(', then ')
      : String(price.value);
  const when = ({ valid_from }: EvaluatedInterval) =>
    Temporal.Instant.from(valid_from)
      .toZonedDateTimeISO(zone)
      .toLocaleString('en-GB', { weekday: 'short', hour: '2-digit', minute: '2-digit' });
  return [
    ...(now ? [['now', priced(now)] as const] : []),
    ...(lowest ? [['lowest', `${priced(lowest)} from ${when(lowest)}`] as const] : []),
    ...(highest && highest.price.value !== lowest?.price.value
      ? [['highest', `${priced(highest)} from ${when(highest)}`] as const]
      : []),
  ];
}

/** Each with its place and what is wrong there, for whoever mends the source, the mapping or the declaration. */
function problemLines(problems: readonly TariffProblem[], paint: Paint): string[] {
  if (problems.length === 0) return [];
  return [
    paint('bold', 'Problems'),
    ...problems.flatMap(({ code, path, detail }) => [
      `  ${paint('red', printable(code))} at ${printable(path)}`,
      `    ${printable(detail)}`,
    ]),
    '',
  ];
}
