import type { Declare } from '../../model/declare.ts';
import { refuse } from '../preset.ts';
import type { Plan } from './shape.ts';

const ZONES: Record<string, string> = {
  ausgrid: 'Australia/Sydney',
  endeavour: 'Australia/Sydney',
  'endeavour energy': 'Australia/Sydney',
  essential: 'Australia/Sydney',
  'essential energy': 'Australia/Sydney',
  evoenergy: 'Australia/Sydney',
  ausnet: 'Australia/Melbourne',
  'ausnet services': 'Australia/Melbourne',
  citipower: 'Australia/Melbourne',
  jemena: 'Australia/Melbourne',
  powercor: 'Australia/Melbourne',
  'united energy': 'Australia/Melbourne',
  energex: 'Australia/Brisbane',
  ergon: 'Australia/Brisbane',
  'ergon energy': 'Australia/Brisbane',
  sapn: 'Australia/Adelaide',
  'sa power networks': 'Australia/Adelaide',
  tasnetworks: 'Australia/Hobart',
};

/**
 * AEST, also when nothing is said, is UTC+10 all year: Queensland's time. LOCAL is the wall clock where the supply is,
 * which the distributor tells; where it does not, the pack declares it.
 */
export function zoneOf({ geography, electricityContract: { timeZone } }: Plan, declare: Declare): string {
  if (timeZone === 'AEST') return 'Australia/Brisbane';
  if (declare.timezone !== undefined) return declare.timezone;
  const distributors = geography?.distributors ?? [];
  const zones = new Set(distributors.map((name) => ZONES[name.trim().toLowerCase()]));
  const [only] = zones;
  if (zones.size === 1 && only !== undefined) return only;
  return refuse(
    'zone_undeclared',
    ['data', 'geography', 'distributors'],
    `LOCAL time of ${distributors.join(', ') || 'no distributor'}: declare the timezone`,
  );
}
