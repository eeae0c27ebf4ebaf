import type {
  ConnectionsModel,
  ConsentModel,
  DoneModel,
  ErrorModel,
  ErrorReason,
  Frame,
  LoginModel,
  PageModel,
  PricePointModel,
  PricesModel,
  ReceiptModel,
  ShareEnd,
  ShareModel,
  SupplyChoiceModel,
  SupplyModel,
  UnavailableReason,
} from '../../pages/models.ts';

/** Every page in every state, with made-up data: for looking at, by people and by tests. */

export const FRAME: Frame = {
  base: '/connect/7qDkPmF0yT1nWb2RcXv3Za',
  csrf: 'made-up-form-value',
  recipient: {
    name: 'Nordlicht Charge',
    logo: '/connect/7qDkPmF0yT1nWb2RcXv3Za/logo',
    termsUrl: 'https://nordlicht.example/terms',
    privacyUrl: 'https://nordlicht.example/privacy',
    supportUrl: 'https://nordlicht.example/help',
  },
  reference: 'K7WQ4RDX',
};

const UNNAMED: Frame = {
  ...FRAME,
  recipient: { name: null, logo: null, termsUrl: null, privacyUrl: null, supportUrl: null },
};

export const HOME: SupplyModel = {
  key: '0',
  label: 'Home',
  direction: 'IMPORT',
  tariffName: 'Flexible Day-Ahead',
  addressLines: ['12 Mill Lane', 'Bristol', 'BS1 4DJ'],
  unavailable: null,
};

const FLAT: SupplyModel = {
  ...HOME,
  key: '1',
  label: 'Flat in town',
  tariffName: 'Fixed 24 Months',
  addressLines: ['Flat 3, 40 Castle Street', 'Bath', 'BA1 2QU'],
};

const ROOF: SupplyModel = { ...HOME, key: '2', label: 'Solar roof', direction: 'EXPORT', tariffName: 'Fair Feed-In' };

const MOVED_OUT: SupplyModel = {
  ...HOME,
  key: '3',
  label: 'Old flat',
  tariffName: null,
  addressLines: ['7 Harbour Road', 'Cardiff', 'CF10 4PA'],
  unavailable: { reason: 'moved_out', text: null },
};

const BUSINESS: SupplyModel = {
  ...MOVED_OUT,
  key: '4',
  label: 'Workshop',
  addressLines: ['Unit 9, Forge Park', 'Bristol', 'BS2 0XJ'],
  unavailable: { reason: 'business_authority', text: 'Send us the form from your business account.' },
};

const REASONS: UnavailableReason[] = [
  'moved_out',
  'not_account_holder',
  'business_authority',
  'switch_pending',
  'not_supported',
  'other',
];

/** A day of half-hours from 18:30: dear in the evening, cheap at night, a little cheaper again at noon. */
const EVENING = [36.9, 38.2, 35.4, 33.1, 29.45, 26.2, 24.8, 23.05, 21.7, 20.9, 19.6, 18.75];
const NIGHT = [17.3, 16.8, 15.2, 14.1, 13.05, 12.1, 11.85, 11.85, 12.6, 13.9, 15.2, 18.45, 21.3, 24.7, 27.9, 28.6];
const DAY = [
  27.2, 25.6, 24.1, 22.8, 20.05, 18.4, 17.2, 16.65, 17.1, 18.3, 19.9, 21.2, 22.4, 23.65, 25.9, 28.15, 30.2, 32.8, 34.5,
  35.9,
];

export function halfHours(values: number[], start = '2026-09-21T17:30:00Z', confidence = 1): PricePointModel[] {
  const first = Temporal.Instant.from(start);
  return values.map((value, index) => ({
    from: first.add({ minutes: 30 * index }).toString(),
    to: first.add({ minutes: 30 * (index + 1) }).toString(),
    value: Number((value / 100).toFixed(7)),
    confidence,
  }));
}

const dayAhead = halfHours([...EVENING, ...NIGHT, ...DAY]);

export const PRICES: PricesModel = {
  currency: 'GBP',
  timezone: 'Europe/London',
  vatIncluded: true,
  includes: ['energy', 'network', 'levies'],
  now: 0.369,
  points: dayAhead,
  tiered: false,
};

const login: LoginModel = { step: 'login', frame: FRAME, heldElsewhere: false, canCancel: true, leaveUrl: null };

const choice: SupplyChoiceModel = {
  step: 'supply',
  frame: FRAME,
  customer: { masked: 'A… Example' },
  supplies: [HOME, FLAT, ROOF, MOVED_OUT, BUSINESS],
  selected: null,
  problem: null,
  search: { query: '', total: 5, page: 1, pages: 1 },
};

const many: SupplyModel[] = Array.from({ length: 20 }, (_, index) => ({
  ...HOME,
  key: String(index),
  label: `Meter ${index + 21}`,
  addressLines: [`${index + 21} Orchard Way`, 'Exeter', 'EX4 3SR'],
}));

export const CONSENT: ConsentModel = {
  step: 'consent',
  frame: FRAME,
  customer: { masked: 'A… Example' },
  supply: HOME,
  tariffName: 'Flexible Day-Ahead',
  prices: PRICES,
  addressShared: { kind: 'postcode', lines: ['BS1 4DJ', 'GB'] },
  contract: { start: '2025-03-01T00:00:00Z', end: '2027-02-28T00:00:00Z', timezone: 'Europe/London' },
  until: '2027-09-21T17:42:00Z',
  pollsPerHour: 60,
  canChooseAnother: false,
};

const done: DoneModel = {
  step: 'done',
  frame: FRAME,
  outcome: 'allowed',
  delivery: 'accepted',
  returnUrl: 'https://nordlicht.example/flatpeak?connect_token=cot_made_up',
  foreign: false,
};

const problem: ErrorModel = {
  step: 'error',
  about: 'visit',
  frame: null,
  reason: 'internal',
  reference: 'K7WQ4RDX',
  actions: [],
  leaveUrl: null,
  again: null,
  supplies: [],
};

/** What the routes send with each reason; reasons without an entry stand outside any journey. */
const ERRORS: Record<ErrorReason, Partial<ErrorModel>> = {
  token_missing: {},
  token_invalid: {},
  token_ambiguous: {},
  token_unknown: {},
  token_expired: {},
  token_used: {},
  flatpeak_refused_us: {},
  flatpeak_malformed: {},
  flatpeak_unavailable: {},
  journey_expired: { leaveUrl: 'https://nordlicht.example/flatpeak?connect_token=cot_made_up' },
  journey_unknown: {},
  sign_in_failed: { frame: FRAME, actions: ['retry', 'return'] },
  identity_provider_unavailable: { frame: FRAME, actions: ['retry', 'return'] },
  sign_in_elsewhere: {},
  different_customer: { frame: FRAME, actions: ['switch'], leaveUrl: 'myapp://oauth-callback?connect_token=x' },
  no_supply: { frame: FRAME, actions: ['switch', 'return'], supplies: [MOVED_OUT, BUSINESS] },
  supplies_unavailable: { frame: FRAME, actions: ['retry', 'return'] },
  tariff_not_supported: { frame: FRAME, actions: ['switch', 'return'] },
  not_delivered: { frame: FRAME, actions: ['return'] },
  form_rejected: {},
  too_many_requests: {},
  request_rejected: {},
  not_found: {},
  try_later: { again: '', leaveUrl: 'myapp://oauth-callback?connect_token=x' },
  internal: {},
};

const errors = Object.entries(ERRORS).map(([reason, rest]): [string, PageModel] => [
  `error-${reason}`,
  { ...problem, ...rest, reason: reason as ErrorReason },
]);

const outcomes = (['allowed', 'declined', 'failed'] as const).flatMap((outcome) =>
  (['accepted', 'pending'] as const).map((delivery): [string, PageModel] => [
    `done-${outcome}-${delivery}`,
    { ...done, outcome, delivery },
  ]),
);

const OVERVIEW: Frame = { ...UNNAMED, base: '/connections' };

const share: ShareModel = {
  id: 'grt_7qDkPmF0yT1nWb2RcXv3Za',
  recipient: 'Nordlicht Charge',
  supply: { label: 'Home', addressLines: ['12 Mill Lane', 'Bristol', 'BS1 4DJ'], direction: 'IMPORT' },
  tariffName: 'Flexible Day-Ahead',
  contract: { start: '2025-04-01T00:00:00Z', end: '2027-03-31T23:00:00Z', endsSoon: false },
  since: '2026-09-21T17:31:00Z',
  until: '2027-09-21T17:31:00Z',
  lastRead: '2026-09-21T17:45:00Z',
  pending: false,
  ended: null,
  timezone: 'Europe/London',
};

const ended = (reason: ShareEnd): ShareModel => ({
  ...share,
  recipient: reason === 'expired' ? null : share.recipient,
  since: '2025-04-02T09:10:00Z',
  ended: { at: '2026-09-20T08:00:00Z', reason },
});

const ENDS = ['withdrawn', 'stopped', 'expired', 'supply_left', 'access_ended', 'not_delivered', 'replaced'] as const;

const connections: ConnectionsModel = {
  step: 'connections',
  frame: OVERVIEW,
  customer: { masked: 'A… Archer' },
  active: [
    share,
    {
      ...share,
      recipient: null,
      supply: { label: 'Solar roof', addressLines: [], direction: 'EXPORT' },
      contract: { ...share.contract, endsSoon: true },
      lastRead: null,
      pending: true,
    },
  ],
  ended: ENDS.map(ended),
};

const receipt: ReceiptModel = {
  step: 'receipt',
  frame: OVERVIEW,
  share,
  addressShared: ['BS1 4DJ', 'GB'],
  text: { language: 'en', version: 'en-2', hash: 'c0ffee'.repeat(10) + 'abcd' },
  backUrl: '/connections',
};

export const STATES: Record<string, PageModel> = {
  login,
  'login-unnamed': { ...login, frame: UNNAMED },
  'login-held-elsewhere': {
    ...login,
    heldElsewhere: true,
    canCancel: false,
    leaveUrl: 'https://nordlicht.example/flatpeak?connect_token=cot_made_up',
  },
  'login-held-elsewhere-no-way-back': { ...login, frame: UNNAMED, heldElsewhere: true, canCancel: false },
  redirecting: { step: 'redirecting', frame: FRAME, url: 'https://login.example/authorize?client_id=adapter&state=x' },
  supply: choice,
  'supply-earlier': { ...choice, selected: '1' },
  'supply-none-chosen': { ...choice, problem: 'none_chosen' },
  'supply-not-available': { ...choice, problem: 'not_available', customer: { masked: null } },
  'supply-many': { ...choice, supplies: many, search: { query: '', total: 1000, page: 2, pages: 50 } },
  'supply-found': { ...choice, supplies: [FLAT], search: { query: 'castle', total: 1, page: 1, pages: 1 } },
  'supply-found-several': { ...choice, search: { query: 'bristol', total: 5, page: 1, pages: 1 } },
  'supply-nothing-found': { ...choice, supplies: [], search: { query: 'atlantis', total: 0, page: 1, pages: 1 } },
  'supply-none-available': {
    ...choice,
    supplies: REASONS.map((reason, index) => ({
      ...MOVED_OUT,
      key: String(index),
      label: `Contract ${index + 1}`,
      unavailable: { reason, text: null },
    })),
    search: { query: '', total: REASONS.length, page: 1, pages: 1 },
  },
  consent: CONSENT,
  'consent-unnamed': {
    ...CONSENT,
    frame: UNNAMED,
    customer: { masked: null },
    addressShared: null,
    contract: { start: null, end: null, timezone: 'Europe/London' },
    tariffName: null,
    pollsPerHour: 1,
  },
  'consent-prices-missing': { ...CONSENT, prices: null, canChooseAnother: true },
  'consent-flat': {
    ...CONSENT,
    supply: FLAT,
    canChooseAnother: true,
    tariffName: 'Fixed 24 Months',
    addressShared: { kind: 'full', lines: ['Flat 3, 40 Castle Street', 'Bath', 'BA1 2QU', 'GB'] },
    prices: {
      ...PRICES,
      now: 0.245,
      points: halfHours(Array<number>(48).fill(24.5)),
      includes: [],
      vatIncluded: false,
    },
  },
  'consent-flat-part-of-the-day': {
    ...CONSENT,
    prices: { ...PRICES, now: 0.245, points: halfHours(Array<number>(20).fill(24.5)), tiered: true },
  },
  'consent-export': {
    ...CONSENT,
    supply: ROOF,
    tariffName: 'Fair Feed-In',
    prices: {
      ...PRICES,
      now: 0.15,
      points: halfHours([...Array<number>(24).fill(15), ...Array<number>(24).fill(4.1)]),
      tiered: true,
    },
  },
  'consent-negative': {
    ...CONSENT,
    prices: {
      currency: 'EUR',
      timezone: 'Europe/Berlin',
      vatIncluded: true,
      includes: ['energy', 'network', 'taxes', 'levies', 'metering', 'supplier', 'Konzessionsabgabe'],
      now: -0.0123456,
      points: halfHours(dayAhead.map(({ value }) => value * 60 - 8.1)),
      tiered: false,
    },
  },
  'consent-known-for-half-a-day': {
    ...CONSENT,
    prices: { ...PRICES, points: [...dayAhead.slice(0, 14), ...halfHours([18, 19], '2026-09-22T00:30:00Z', 0.8)] },
  },
  'consent-clock-change': {
    ...CONSENT,
    prices: { ...PRICES, points: halfHours([...EVENING, ...NIGHT, ...DAY], '2026-10-24T17:30:00Z') },
  },
  finishing: { step: 'finishing', frame: FRAME, url: `${FRAME.base}/finishing?wait=1` },
  'finishing-allowed': { step: 'finishing', frame: FRAME, url: `${FRAME.base}/finishing?wait=1`, outcome: 'allowed' },
  'finishing-declined': { step: 'finishing', frame: FRAME, url: `${FRAME.base}/finishing?wait=1`, outcome: 'declined' },
  'finishing-failed': { step: 'finishing', frame: FRAME, url: `${FRAME.base}/finishing?wait=1`, outcome: 'failed' },
  ...Object.fromEntries(outcomes),
  'done-unnamed': { ...done, frame: UNNAMED, returnUrl: 'myapp://oauth-callback?connect_token=cot_made_up' },
  'done-pending-unnamed': { ...done, frame: UNNAMED, delivery: 'pending' },
  'done-declined-unnamed': { ...done, frame: UNNAMED, outcome: 'declined' },
  'done-declined-pending-unnamed': { ...done, frame: UNNAMED, outcome: 'declined', delivery: 'pending' },
  'done-no-way-back': { ...done, returnUrl: null },
  'done-ended': { ...done, outcome: 'ended' },
  'done-ended-unnamed': { ...done, frame: UNNAMED, outcome: 'ended' },
  'done-foreign': { ...done, foreign: true, returnUrl: null },
  'done-outside': { ...done, frame: null, outcome: 'failed', returnUrl: null },
  ...Object.fromEntries(errors),
  'error-connections': { ...problem, about: 'connections', reason: 'sign_in_failed' },
  'connections-sign-in': { step: 'connections_sign_in', frame: OVERVIEW, signedOut: false },
  'connections-signed-out': { step: 'connections_sign_in', frame: OVERVIEW, signedOut: true },
  'signing-out': { step: 'signing_out', frame: OVERVIEW, url: 'https://login.energy.example/session/end' },
  connections,
  'connections-none': { ...connections, customer: { masked: null }, active: [], ended: [] },
  'connections-all-ended': { ...connections, active: [] },
  stop: { step: 'stop', frame: OVERVIEW, share: ended('withdrawn') },
  'stop-unnamed': { step: 'stop', frame: OVERVIEW, share: { ...ended('withdrawn'), recipient: null } },
  receipt,
  'receipt-pending': { ...receipt, share: { ...share, recipient: null, pending: true }, addressShared: null },
  'receipt-ended': {
    ...receipt,
    share: { ...ended('stopped'), contract: { start: null, end: null, endsSoon: false }, tariffName: null },
  },
};
