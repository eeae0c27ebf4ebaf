/**
 * What a preset hands to `acceptTariff`: the canonical tariff in the format's own units, before the declared facts are
 * applied. Amounts may be lists of addends; whatever is left undefined, the agreement or the declaration must say.
 */
export type Amount = number | string | (number | string)[];

export interface RawMoney {
  value?: Amount | undefined;
  value_inc_vat?: Amount | undefined;
  value_exc_vat?: Amount | undefined;
}

export interface RawRow {
  valid_from: string;
  valid_to: string | null;
  price: RawMoney & { confidence?: number | undefined };
}

export interface RawTier extends RawMoney {
  to_kwh?: number | string | null | undefined;
}

export interface RawWindow {
  /** `HH:MM:SS`, half-open; 00:00:00 as an end is midnight. */
  valid_from: string;
  valid_to: string;
  rate: RawTier[];
}

export interface RawSchedule {
  valid_from: string;
  valid_to: string | null;
  tier_period?: string | undefined;
  schedule: { months: string[]; days_and_hours: { days: string[]; hours: RawWindow[] }[] }[];
}

export interface Remark {
  code: string;
  detail: string;
}

export interface RawContract {
  start_date: string;
  end_date?: string | null | undefined;
}

export interface RawTariff {
  contract?: RawContract | undefined;
  tariff: {
    provider_tariff_reference?: string;
    display_name?: string;
    direction?: string;
    type?: string;
    structure?: string;
    currency?: string | undefined;
    timezone?: string | undefined;
    vat?: { included?: boolean; rate?: number | string | undefined };
    price_includes?: string[] | undefined;
    prices?: RawRow[];
    schedules?: RawSchedule[];
    standing_charge?: (RawMoney & { vat_included?: boolean }) | undefined;
    not_expressed?: Remark[];
  };
}

/** What an agreement says of one supply; whatever else it holds can fill placeholders and selectors of the prices. */
export interface RawAgreement {
  contract: RawContract;
  tariff?: RawTariff['tariff'];
  [name: string]: unknown;
}
