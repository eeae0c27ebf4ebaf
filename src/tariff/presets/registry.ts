import { canonical } from './canonical.ts';
import type { Preset } from './preset.ts';
import { priceSeries } from './price-series.ts';

/** The formats a source's `preset:` may name. */
export const presets: ReadonlyMap<string, Preset> = new Map([canonical, priceSeries].map((preset) => [preset.name, preset]));
