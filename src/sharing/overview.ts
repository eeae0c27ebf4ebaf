import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { DELIVERY_STATES, type DeliveryState } from '../outbox/states.ts';
import type { Database } from '../store/database.ts';
import type { Sealer } from '../store/sealing.ts';
import type { ConsentRecordsTable } from '../store/tables.ts';
import { readBinding, type GrantBinding } from './binding.ts';
import { openEvidence } from './consent-records.ts';
import type { GrantEnd } from './grants.ts';
import type { GrantRow, GrantSelection, GrantSelector, OnProgress } from './selection.ts';
import type { WithdrawnBy } from './withdrawals.ts';

/** A grant with the consent it came from: what was agreed to, as the page showed it, and how things stand. Epoch ms. */
export interface GrantView {
  id: string;
  decisionId: string;
  status: 'active' | GrantEnd;
  grantedAt: number;
  expiresAt: number;
  /** Null while it lives. */
  endedAt: number | null;
  /** Who withdrew it; null when it ended otherwise, or lives. */
  withdrawnBy: WithdrawnBy | null;
  lastReadAt: number | null;
  /** How far the decision has come on its way to Flatpeak. */
  delivery: DeliveryState | null;
  /** The account id at Flatpeak of whoever reads. */
  recipientId: string;
  /** Null when it was erased, or cannot be opened. */
  binding: GrantBinding | null;
  /** A key to open it is missing. */
  unreadable: boolean;
  shown: ShownConsent | null;
  text: { language: string; version: string; hash: string } | null;
}

/** Of the evidence, what people recognise a share by. */
const shownSchema = z.object({
  recipient: z.object({
    name: z.string().nullable(),
    termsUrl: z.string().nullable().catch(null),
    privacyUrl: z.string().nullable().catch(null),
    supportUrl: z.string().nullable().catch(null),
  }),
  supply: z.object({
    label: z.string(),
    direction: z.enum(['IMPORT', 'EXPORT']),
    address: z.array(z.string()),
  }),
  tariffName: z.string().nullable().catch(null),
  /** What of the address was shared. */
  postalAddress: z.record(z.string(), z.string()).nullable().catch(null),
  contractTerm: z.object({ start_date: z.string().optional(), end_date: z.string().optional() }).nullable().catch(null),
});

export type ShownConsent = z.output<typeof shownSchema>;

const withdrawnSchema = z.object({ by: z.enum(['customer', 'provider']) });
const deliverySchema = z.enum(DELIVERY_STATES);

export interface GrantOverview {
  /** Newest first; for selections of a size that can be shown. */
  list(selection: GrantSelection): Promise<GrantView[]>;
  /** Batch by batch, however many there are, in no order that means anything. */
  all(
    selection: GrantSelection,
    options?: { live?: boolean; onProgress?: OnProgress | undefined },
  ): AsyncGenerator<{ views: GrantView[]; unreadable: number }>;
}

export interface OverviewParts {
  database: Database;
  selector: GrantSelector;
  sealer: Sealer;
  clock: Clock;
}

export function createGrantOverview({ database, selector, sealer, clock }: OverviewParts): GrantOverview {
  const recordsOf = (decisions: string[]) =>
    database
      .selectFrom('consent_records')
      .selectAll()
      .where('decision_id', 'in', decisions)
      .where('event', 'in', ['granted', 'withdrawn'])
      .execute();
  const deliveriesOf = (decisions: string[]) =>
    database.selectFrom('outbox').select(['decision_id', 'state']).where('decision_id', 'in', decisions).execute();

  const viewsOf = async (rows: GrantRow[]): Promise<GrantView[]> => {
    if (rows.length === 0) return [];
    const decisions = rows.map((row) => row.decision_id);
    const [records, deliveries] = await Promise.all([recordsOf(decisions), deliveriesOf(decisions)]);
    const recorded = new Map(records.map((one) => [`${one.event} ${one.decision_id}`, one]));
    const state = new Map(deliveries.map((one) => [one.decision_id, deliverySchema.parse(one.state)]));
    return rows.map((row) => ({
      ...lifeOf(row),
      ...consentOf(recorded.get(`granted ${row.decision_id}`)),
      withdrawnBy: opened(withdrawnSchema, recorded.get(`withdrawn ${row.decision_id}`))?.by ?? null,
      delivery: state.get(row.decision_id) ?? null,
      ...readBinding(sealer, row),
    }));
  };

  const lifeOf = (row: GrantRow) => {
    const expired = row.status === 'active' && row.expires_at <= clock();
    return {
      id: row.id,
      decisionId: row.decision_id,
      recipientId: row.account_id,
      status: expired ? ('expired' as const) : (row.status as GrantView['status']),
      grantedAt: row.created_at,
      expiresAt: row.expires_at,
      endedAt: expired ? row.expires_at : row.ended_at,
      lastReadAt: row.last_read_at,
    };
  };

  const consentOf = (record: ConsentRecordsTable | undefined): Pick<GrantView, 'shown' | 'text'> => ({
    shown: opened(shownSchema, record) ?? null,
    text: record ? { language: record.language, version: record.text_version, hash: record.text_hash } : null,
  });

  /** Undefined for what is not there, was erased, or cannot be opened. */
  const opened = <T>(schema: z.ZodType<T>, record: ConsentRecordsTable | undefined): T | undefined =>
    record && schema.safeParse(openEvidence(sealer, record).evidence).data;

  return {
    async list(selection) {
      const views: GrantView[] = [];
      for await (const { rows } of selector.select(selection)) views.push(...(await viewsOf(rows)));
      return views.sort((one, other) => other.grantedAt - one.grantedAt);
    },

    async *all(selection, options) {
      for await (const { rows, unreadable } of selector.select(selection, options)) {
        yield { views: await viewsOf(rows), unreadable };
      }
    },
  };
}

/** The supply a customer last shared with a recipient: what they most likely mean when they come again. */
export async function earlierSupply(
  overview: Pick<GrantOverview, 'list'>,
  customer: string,
  recipient: string,
): Promise<string | null> {
  const [latest] = await overview.list({ customer, recipient });
  return latest?.binding?.supply.id ?? null;
}
