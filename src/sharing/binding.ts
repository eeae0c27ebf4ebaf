import { z } from 'zod';
import { placeOf } from '../store/sealed-places.ts';
import type { Sealer } from '../store/sealing.ts';
import type { GrantsTable } from '../store/tables.ts';

/** What a grant is bound to; sealed, and never sent anywhere. */
const bindingSchema = z.object({
  supply: z.object({ id: z.string(), account_id: z.string().nullable(), meter_point_id: z.string().nullable() }),
  customer: z.object({ sub: z.string(), claims: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])) }),
});

export type GrantBinding = z.output<typeof bindingSchema>;

const bindingPlace = (grantId: string) => placeOf('grants', 'binding_sealed', grantId);

export const sealBinding = (sealer: Sealer, grantId: string, binding: GrantBinding): string =>
  sealer.seal(binding, bindingPlace(grantId));

/** Throws as `Sealer.open` does; of a live grant, which is never erased. */
export const openBinding = (sealer: Sealer, row: Pick<GrantsTable, 'id' | 'binding_sealed'>): GrantBinding =>
  bindingSchema.parse(sealer.open(row.binding_sealed, bindingPlace(row.id)));

/** Null when it was erased, or when it cannot be opened (`unreadable`). */
export function readBinding(
  sealer: Sealer,
  row: Pick<GrantsTable, 'id' | 'binding_sealed'>,
): { binding: GrantBinding | null; unreadable: boolean } {
  try {
    const found = bindingSchema.safeParse(sealer.open(row.binding_sealed, bindingPlace(row.id)));
    return { binding: found.data ?? null, unreadable: false };
  } catch {
    return { binding: null, unreadable: true };
  }
}

const erasedSchema = z.object({ erased_at: z.string() });

/** What is left in a binding's place when it is erased; null when it was before. */
export function eraseBinding(
  sealer: Sealer,
  row: Pick<GrantsTable, 'id' | 'binding_sealed'>,
  at: number,
): string | null {
  const place = bindingPlace(row.id);
  try {
    if (erasedSchema.safeParse(sealer.open(row.binding_sealed, place)).success) return null;
  } catch {
    // What cannot be opened is erased all the same.
  }
  return sealer.seal({ erased_at: new Date(at).toISOString() }, place);
}
