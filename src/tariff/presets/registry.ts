import { canonical } from './canonical.ts';
import { cdrAccount } from './cdr/account.ts';
import { cdrPlanV1, cdrPlanV3 } from './cdr/plan.ts';
import { dkPriceList } from './dk-price-list.ts';
import { dkSpot } from './dk-spot.ts';
import { easyEnergy } from './easy-energy.ts';
import { energyZero } from './energy-zero.ts';
import { entsoE } from './entso-e.ts';
import { esios } from './esios.ts';
import { krakenGraphqlDe } from './kraken-graphql-de.ts';
import { krakenGraphql } from './kraken-graphql.ts';
import { nordPool } from './nord-pool.ts';
import { octopusAccount } from './octopus-account.ts';
import { octopusRest } from './octopus-rest.ts';
import type { AgreementPreset, Preset } from './preset.ts';
import { priceSeries } from './price-series.ts';
import { urdb } from './urdb.ts';

const byName = <Named extends { name: string }>(...list: Named[]): ReadonlyMap<string, Named> =>
  new Map(list.map((each) => [each.name, each]));

/** The formats of prices that a source's `preset:` may name. */
export const presets = byName<Preset>(
  canonical,
  priceSeries,
  octopusRest,
  krakenGraphql,
  krakenGraphqlDe,
  nordPool,
  entsoE,
  energyZero,
  easyEnergy,
  esios,
  dkPriceList,
  dkSpot,
  cdrPlanV1,
  cdrPlanV3,
  urdb,
);

/** The formats of the agreement step's answer. */
export const agreementPresets = byName<AgreementPreset>(octopusAccount, cdrAccount);
