import type { Request } from 'express';
import { z } from 'zod';
import { instantOf, type Clock } from '../../base/clock.ts';
import type { Answer } from '../http/answer.ts';
import { contractOf, tariffOf, ZONE } from './products.ts';
import { SupplyRegister } from './supplies.ts';

const PAGE_SIZE = 100;
const MOST_DAYS = 100;

const problem = (status: number, detail: string): Answer => ({ status, body: { title: 'Request refused', detail } });

const instant = z.iso.datetime({ offset: true }).transform((text) => Temporal.Instant.from(text));
const windowSchema = z.object({ from: instant.optional(), to: instant.optional() });
const pageSchema = z.coerce.number().int().min(1).default(1);

/** What the billing system answers, once it knows that the caller may ask. */
export function createBilling(clock: Clock, origin: string) {
  const today = () => instantOf(clock).toZonedDateTimeISO(ZONE).toPlainDate();
  const register = new SupplyRegister(today());

  return {
    /** The supplies of a customer, a hundred at a time; `next` is the address of the following page. */
    supplies: (request: Request): Answer => {
      const customer = String(request.params.customer);
      const supplies = register.of(customer);
      const page = pageSchema.safeParse(request.query.page);
      if (!supplies) return problem(404, 'There is no such customer.');
      if (!page.success) return problem(400, 'page must be a whole number from 1');
      const end = page.data * PAGE_SIZE;
      const next = `${origin}/customers/${encodeURIComponent(customer)}/supplies?page=${page.data + 1}`;
      const shown = supplies.slice(end - PAGE_SIZE, end);
      return { status: 200, body: end < supplies.length ? { supplies: shown, next } : { supplies: shown } };
    },

    /** Contract and tariff of one supply; prices from `from` to `to`, else from the start of today. */
    tariff: (request: Request): Answer => {
      const supply = register.productOf(String(request.params.supply));
      const parsed = windowSchema.safeParse(request.query);
      if (!supply) return problem(404, 'There is no such supply.');
      if (!parsed.success) return problem(400, z.prettifyError(parsed.error));
      const from = parsed.data.from ?? today().toZonedDateTime(ZONE).toInstant();
      const to = parsed.data.to ?? from.add({ hours: 72 });
      const days = from.until(to).total('hours') / 24;
      if (days <= 0 || days > MOST_DAYS) return problem(400, `The window must be up to ${MOST_DAYS} days long.`);
      return { status: 200, body: tariffOf(supply, contractOf(today()), { from, to }, instantOf(clock)) };
    },
  };
}
