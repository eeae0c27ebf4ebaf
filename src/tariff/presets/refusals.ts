import { problem, type TariffProblem } from '../model/problem.ts';

/**
 * Payloads that look like tariffs and are none. Each is told apart by fields no tariff has, and refused with the
 * reason, whatever preset was named for it. Null for everything else.
 */
export function refusalOf(payload: unknown): TariffProblem | null {
  const body = record(payload);
  if (body.Acknowledgement_MarketDocument !== undefined) {
    return problem('error_body', ['Acknowledgement_MarketDocument'], `ENTSO-E has no data: ${reasonIn(body)}`);
  }
  if (isGreenButton(body)) {
    return problem(
      'green_button_usage',
      [],
      'Green Button (ESPI) holds what was used and what it cost: the past, and no price that will hold',
    );
  }
  if (isOcpi(body)) {
    return problem(
      'ocpi_tariff',
      [],
      'an OCPI tariff is what a charging station asks of a driver, not what a household has contracted',
    );
  }
  return null;
}

/** ESPI comes in an Atom feed, or, for a single entry, without one (NAESB REQ.21). */
function isGreenButton(body: Record<string, unknown>): boolean {
  const entries = [body.feed, body.entry].flatMap((part) => {
    const held = record(part);
    return [held, ...list(held.entry).map(record)];
  });
  return [body, ...entries, ...entries.map(({ content }) => record(content))].some((part) =>
    ['IntervalBlock', 'UsagePoint', 'MeterReading', 'UsageSummary', 'ElectricPowerUsageSummary'].some(
      (name) => part[name] !== undefined,
    ),
  );
}

/** One tariff, or OCPI's envelope with one or several in `data`. */
const isOcpi = (body: Record<string, unknown>): boolean =>
  [body, ...list(body.data).map(record)].some(({ elements }) =>
    list(elements).some((element) => record(element).price_components !== undefined),
  );

const reasonIn = (body: Record<string, unknown>): string => {
  const [reason] = list(record(body.Acknowledgement_MarketDocument).Reason);
  const { code, text } = record(reason);
  return (
    [code, text]
      .filter((part) => typeof part === 'string')
      .join(' ')
      .slice(0, 200) || 'no reason given'
  );
};

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
