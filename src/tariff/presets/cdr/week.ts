import { WEEKDAYS } from '../../model/provider-tariff.ts';
import { refuse } from '../preset.ts';
import type { RawSchedule, RawTier } from '../raw.ts';
import { DAY, window, type Stretch } from '../windows.ts';
import { DAYS, type TimeOfUse } from './shape.ts';

/**
 * Nothing in the format says whether 06:59 is the last minute of a window or its end, nor to which day the hours after
 * midnight of a window over midnight belong. But a week has every minute exactly once, and a retailer's windows tile
 * it under one reading only: that is the one meant. Where none or several different ones do, nobody can know.
 */
export interface Block {
  rate: RawTier[];
  timeOfUse: TimeOfUse[];
  path: readonly PropertyKey[];
}

interface Reading {
  end: 'closed' | 'open';
  afterMidnight: 'same_day' | 'next_day';
}

const READINGS: Reading[] = [
  { end: 'closed', afterMidnight: 'same_day' },
  { end: 'open', afterMidnight: 'same_day' },
  { end: 'closed', afterMidnight: 'next_day' },
  { end: 'open', afterMidnight: 'next_day' },
];

type Segment = Stretch & { block: number };
/** The segments of Monday to Sunday, in order. */
type Week = Segment[][];

export function daysAndHours(
  blocks: Block[],
  path: readonly PropertyKey[],
): RawSchedule['schedule'][0]['days_and_hours'] {
  const uses = blocks.flatMap((block, index) =>
    block.timeOfUse.map((use, u) => readUse(use, index, [...block.path, 'timeOfUse', u])),
  );
  const tilings = READINGS.map((reading) => weekOf(uses, reading)).filter(tiles);
  const [week, ...others] = [...new Map(tilings.map((each) => [JSON.stringify(each), each])).values()];
  if (!week)
    return refuse(
      'windows_do_not_tile',
      path,
      'the windows leave holes in the week or overlap, however their ends are read',
    );
  if (others.length > 0) return refuse('windows_ambiguous', path, 'the windows fill the week in more than one way');
  return byEqualDays(week).map(({ days, segments }) => ({
    days,
    hours: segments.map((segment) => window(segment, blocks[segment.block]?.rate ?? [])),
  }));
}

interface Use {
  block: number;
  days: readonly number[];
  from: number;
  to: number;
}

function readUse({ days, startTime, endTime }: TimeOfUse, block: number, path: readonly PropertyKey[]): Use {
  const [from, to] = [
    startTime === undefined ? 0 : minutesOf(startTime, [...path, 'startTime']),
    endTime === undefined ? DAY : minutesOf(endTime, [...path, 'endTime']),
  ];
  return { block, days: [...new Set(days.flatMap((day) => [...DAYS[day]]))], from: from % DAY, to };
}

/** "06:00", "06:00:00", "06:59:59", and digits alone: "959", "1400", "59" for 00:59, "0". */
function minutesOf(text: string, path: readonly PropertyKey[]): number {
  const parts =
    /^(?<hours>\d{1,2}):(?<minutes>\d{2})(:(00|59))?$/.exec(text) ??
    /^(?<hours>\d{0,2}?)(?<minutes>\d{1,2})$/.exec(text);
  const [hours, minutes] = [Number(parts?.groups?.hours), Number(parts?.groups?.minutes)];
  const time = hours * 60 + minutes;
  if (!parts || minutes > 59 || time > DAY)
    return refuse('malformed_time', path, 'a time of day such as 0659, 06:59 or 06:59:00');
  return time;
}

function weekOf(uses: Use[], { end, afterMidnight }: Reading): Week {
  const week: Week = WEEKDAYS.map(() => []);
  const add = (day: number, segment: Segment) => {
    if (segment.from < segment.to) week[day % 7]?.push(segment);
  };
  for (const { block, days, from, to } of uses) {
    const until = end === 'closed' && to < DAY ? to + 1 : to;
    for (const day of days) {
      const index = day - 1;
      if (until > from) add(index, { block, from, to: until });
      else {
        add(index, { block, from, to: DAY });
        add(afterMidnight === 'same_day' ? index : index + 1, { block, from: 0, to: until });
      }
    }
  }
  return week.map(inOrder);
}

/** Sorted, with neighbours of one block joined, so that equal weeks look equal. */
const inOrder = (segments: Segment[]): Segment[] =>
  [...segments]
    .sort((left, right) => left.from - right.from)
    .reduce<Segment[]>((joined, segment) => {
      const last = joined.at(-1);
      if (last?.block !== segment.block || last.to !== segment.from) return [...joined, segment];
      return [...joined.slice(0, -1), { ...last, to: segment.to }];
    }, []);

const tiles = (week: Week): boolean =>
  week.every(
    (segments) =>
      segments[0]?.from === 0 &&
      segments.at(-1)?.to === DAY &&
      segments.slice(1).every((segment, index) => segment.from === segments[index]?.to),
  );

function byEqualDays(week: Week): { days: string[]; segments: Segment[] }[] {
  const groups = new Map<string, { days: string[]; segments: Segment[] }>();
  week.forEach((segments, index) => {
    const key = JSON.stringify(segments);
    const group = groups.get(key) ?? { days: [], segments };
    group.days.push(WEEKDAYS[index] ?? '');
    groups.set(key, group);
  });
  const all = [...groups.values()];
  return all.length === 1 ? all.map(({ segments }) => ({ days: ['All'], segments })) : all;
}
