import type { Clock } from '../base/clock.ts';
import type { ReceiptModel, ShareEnd, ShareModel } from '../pages/models.ts';
import type { GrantEnd } from '../sharing/grants.ts';
import type { GrantOverview, GrantView } from '../sharing/overview.ts';
import type { Withdrawals } from '../sharing/withdrawals.ts';

/** One customer's shares, as the pages tell them. Every question names the customer: no one sees another's. */
export interface Shares {
  /** Newest first. */
  of(subject: string): Promise<ShareModel[]>;
  one(subject: string, id: string): Promise<ShareModel | null>;
  receipt(subject: string, id: string): Promise<Receipt | null>;
  /** The receipt of a decision just made. */
  receiptOf(decisionId: string): Promise<Receipt | null>;
  /** Ends it, unless it has ended. */
  stop(subject: string, id: string): Promise<void>;
}

export type Receipt = Pick<ReceiptModel, 'share' | 'addressShared' | 'text'>;

export interface SharesParts {
  overview: Pick<GrantOverview, 'list'>;
  withdrawals: Pick<Withdrawals, 'withdraw'>;
  timezone: string;
  clock: Clock;
}

/** As long before the end as the tariff's own notice. */
const SOON_MS = 30 * 86_400_000;

export function createShares({ overview, withdrawals, timezone, clock }: SharesParts): Shares {
  const share = (view: GrantView): ShareModel => {
    const { shown } = view;
    const end = shown?.contractTerm?.end_date ?? null;
    return {
      id: view.id,
      recipient: shown?.recipient.name ?? null,
      supply: {
        label: shown?.supply.label ?? null,
        addressLines: shown?.supply.address ?? [],
        direction: shown?.supply.direction ?? 'IMPORT',
      },
      tariffName: shown?.tariffName ?? null,
      contract: {
        start: shown?.contractTerm?.start_date ?? null,
        end,
        endsSoon: end !== null && Date.parse(end) - clock() <= SOON_MS && Date.parse(end) > clock(),
      },
      since: instant(view.grantedAt),
      until: instant(view.expiresAt),
      lastRead: view.lastReadAt === null ? null : instant(view.lastReadAt),
      pending: view.status === 'active' && view.delivery !== 'delivered',
      ended:
        view.status === 'active'
          ? null
          : { at: instant(view.endedAt ?? view.expiresAt), reason: endOf(view, view.status) },
      timezone,
    };
  };

  const receipt = (view: GrantView | undefined): Receipt | null =>
    view?.text
      ? {
          share: share(view),
          addressShared: view.shown?.postalAddress ? Object.values(view.shown.postalAddress) : null,
          text: view.text,
        }
      : null;

  const find = async (subject: string, id: string): Promise<GrantView | undefined> =>
    (await overview.list({ customer: subject, grant: id }))[0];

  return {
    of: async (subject) => (await overview.list({ customer: subject })).map(share),
    async one(subject, id) {
      const view = await find(subject, id);
      return view ? share(view) : null;
    },
    receipt: async (subject, id) => receipt(await find(subject, id)),
    receiptOf: async (decision) => receipt((await overview.list({ decision }))[0]),
    async stop(subject, id) {
      const view = await find(subject, id);
      if (view) await withdrawals.withdraw(view.id, 'customer');
    },
  };
}

const instant = (at: number): string => new Date(at).toISOString();

function endOf({ withdrawnBy }: GrantView, status: GrantEnd): ShareEnd | null {
  if (status !== 'withdrawn') return status;
  if (withdrawnBy === null) return null;
  return withdrawnBy === 'provider' ? 'stopped' : 'withdrawn';
}
