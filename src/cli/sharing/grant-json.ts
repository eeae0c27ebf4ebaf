import type { GrantView } from '../../sharing/overview.ts';
import { instantOrNull, instantText } from '../moments.ts';

/** A grant for machines: everything that is known of it, personal data included. */
export const grantJson = ({ binding, shown, ...view }: GrantView) => ({
  grant: view.id,
  decision: view.decisionId,
  status: view.status,
  recipient: { id: view.recipientId, name: shown?.recipient.name ?? null },
  customer: binding?.customer ?? null,
  supply: binding && {
    ...binding.supply,
    label: shown?.supply.label ?? null,
    direction: shown?.supply.direction ?? null,
    address: shown?.supply.address ?? [],
  },
  tariff_name: shown?.tariffName ?? null,
  address_shared: shown?.postalAddress ?? null,
  contract_term: shown?.contractTerm ?? null,
  text: view.text,
  granted_at: instantText(view.grantedAt),
  expires_at: instantText(view.expiresAt),
  ended_at: instantOrNull(view.endedAt),
  withdrawn_by: view.withdrawnBy,
  last_read_at: instantOrNull(view.lastReadAt),
  delivery: view.delivery,
  unreadable: view.unreadable,
});
