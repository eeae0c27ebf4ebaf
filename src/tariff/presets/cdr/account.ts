import { z } from 'zod';
import { theOneInForce } from '../agreements.ts';
import { date, label } from '../fields.ts';
import { defineAgreement, refuse } from '../preset.ts';

/**
 * Australian CDR account detail (`GET /cds-au/v1/energy/accounts/{accountId}`): the plans an account has had, with the
 * dates each held for its service points, the ended ones among them. A date is the start of that day where the supply
 * is.
 */
export const cdrAccount = defineAgreement({
  name: 'cdr-account',
  select: z.strictObject({
    /** The service point's id, where the account has several. */
    meter_point: label.optional(),
  }),
  payload: z.looseObject({
    data: z.looseObject({
      plans: z.array(
        z.looseObject({
          nickname: z.string().optional(),
          planId: z.string().optional(),
          servicePointIds: z.array(z.string()).default([]),
          planOverview: z.looseObject({
            displayName: z.string().optional(),
            startDate: date,
            endDate: date.nullish(),
          }),
        }),
      ),
    }),
  }),
  read({ data: { plans } }, { meter_point }, { now, timezone }) {
    const here = plans
      .map(({ planId, nickname, servicePointIds, planOverview }, index) => ({
        planId,
        servicePointIds,
        display_name: planOverview.displayName ?? nickname,
        from: planOverview.startDate,
        to: planOverview.endDate ?? null,
        path: ['data', 'plans', index, 'planOverview'],
      }))
      .filter(({ servicePointIds }) => meter_point === undefined || servicePointIds.includes(meter_point));
    if (here.length === 0) return refuse('no_agreement_in_force', ['data', 'plans'], 'no plan for this service point');
    const { planId, display_name, from, to } = theOneInForce(here, now, ['data', 'plans'], timezone);
    return {
      contract: { start_date: from, end_date: to },
      tariff: {
        ...(display_name !== undefined && { display_name }),
        ...(planId !== undefined && { provider_tariff_reference: planId }),
      },
      ...(planId !== undefined && { plan_id: planId }),
    };
  },
});
