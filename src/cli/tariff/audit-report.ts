import { printable, table, type Paint } from '../text.ts';
import type { Quartiles } from './distribution.ts';
import type { Findings, InvoicedSummary, Refusals } from './tally.ts';

/** The findings for a person, worst first. */
export function auditReport(findings: Findings, passed: boolean, paint: Paint): string[] {
  const { read, served, refused, refusals, not_shareable, coverage, hours_known, prices, invoiced } = findings;
  return [
    ...section(
      'Supplies',
      [
        ['read', String(read)],
        ['could be served', shareText(served, read)],
        ['refused', shareText(refused, read)],
        ...Object.entries(not_shareable).map(([reason, count]) => [`not shareable: ${reason}`, String(count)] as const),
      ],
      paint,
    ),
    ...refusals.flatMap((kind) => refusalLines(kind, read, paint)),
    ...(refusals.length > 0 ? [''] : []),
    ...section(
      'Coverage of the next 24 hours',
      [
        ...Object.entries(coverage).map(([status, count]) => [status, shareText(count, served)] as const),
        ...(hours_known ? [['hours known', quartilesText(hours_known)] as const] : []),
      ],
      paint,
    ),
    ...section(
      'Prices of the next 24 hours, per kWh',
      prices.map(
        ({ currency, direction, ...quartiles }) => [`${currency} ${direction}`, quartilesText(quartiles)] as const,
      ),
      paint,
    ),
    ...(invoiced ? invoicedLines(invoiced, paint) : []),
    passed ? paint('green', 'The audit is passed.') : paint('red', 'The audit is not passed.'),
  ];
}

type Row = readonly [label: string, value: string];

const section = (title: string, rows: readonly Row[], paint: Paint): string[] =>
  rows.length === 0
    ? []
    : [
        paint('bold', title),
        ...table(
          rows.map(([label, value]) => [printable(label), value] as const),
          paint,
        ),
        '',
      ];

const shareText = (count: number, of: number): string =>
  of === 0 ? String(count) : `${count} (${Number(((100 * count) / of).toFixed(2))} %)`;

const quartilesText = ({ min, lower_quartile, median, upper_quartile, max }: Quartiles): string =>
  `min ${min}, quartiles ${lower_quartile} / ${median} / ${upper_quartile}, max ${max}`;

function refusalLines({ code, count, examples }: Refusals, read: number, paint: Paint): string[] {
  return [
    `  ${paint('red', printable(code))}  ${shareText(count, read)}`,
    ...examples.map(({ at, supply, path, detail }) =>
      printable(`    ${[at, supply && `(${supply})`].filter(Boolean).join(' ')}: ${path}, ${detail}`),
    ),
  ];
}

function invoicedLines(
  { compared, equal, different, not_comparable, ratio, examples }: InvoicedSummary,
  paint: Paint,
): string[] {
  return [
    ...section(
      'Against the last invoiced unit rates',
      [
        ['compared', String(compared)],
        ['equal', shareText(equal, compared)],
        ['different', shareText(different, compared)],
        ...Object.entries(not_comparable).map(
          ([reason, count]) => [reason.replaceAll('_', ' '), String(count)] as const,
        ),
        ...(ratio ? [['served ÷ invoiced', quartilesText(ratio)] as const] : []),
      ],
      paint,
    ).slice(0, -1),
    ...examples.map(({ at, supply, invoiced, served }) =>
      printable(`    ${at} (${supply}): invoiced ${invoiced}, served ${served}`),
    ),
    '',
  ];
}
