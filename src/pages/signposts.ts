import type { ErrorModel, ErrorReason, PageModel } from './models.ts';

export interface ProgressStep {
  name: 'sign_in' | 'choose' | 'decide' | 'back';
  state: 'done' | 'current' | 'ahead';
}

const STEPS = ['sign_in', 'choose', 'decide', 'back'] as const;

/** Pages of a visit; the others lead nowhere in steps. */
const POSITION: Partial<Record<PageModel['step'], number>> = {
  login: 0,
  redirecting: 0,
  supply: 1,
  consent: 2,
  finishing: 3,
  done: 3,
};

/** Where the customer stands; null on error pages, where a way ahead would be a promise, and outside of visits. */
export function progressOf(model: PageModel): ProgressStep[] | null {
  const at = POSITION[model.step];
  if (at === undefined) return null;
  return STEPS.map((name, index) => ({ name, state: index < at ? 'done' : index === at ? 'current' : 'ahead' }));
}

/** The group of texts of a `done` page. */
export function doneGroup(model: Extract<PageModel, { step: 'done' }>): string {
  if (model.foreign) return 'done.foreign';
  return model.outcome === 'ended' ? 'done.ended' : `done.${model.outcome}_${model.delivery}`;
}

/** `data-step`: what tests and scripts know a page by. */
export function stepOf({ step }: PageModel): string {
  if (step === 'connections_sign_in') return 'login';
  return step === 'signing_out' ? 'redirecting' : step;
}

export function titleKeyOf(model: PageModel): string {
  if (model.step === 'error') return `error.${model.reason}.title`;
  if (model.step === 'done') return `${doneGroup(model)}.title`;
  if (model.step === 'connections_sign_in') return 'connections_sign_in.heading';
  return `${model.step}.title`;
}

/** Reasons that can meet a customer who has already decided: "nothing was shared" would not be ours to say. */
const MAYBE_DECIDED = new Set<ErrorReason>([
  'token_used',
  'journey_expired',
  'journey_unknown',
  'form_rejected',
  'too_many_requests',
  'request_rejected',
  'not_found',
  'internal',
]);

export function sharedKeyOf({ reason, about }: ErrorModel): string {
  // What was being recorded when it was cut short may stand or not: neither is said.
  if (reason === 'try_later') return 'error.nothing_lost';
  if (about === 'connections') return 'error.sharing_stands';
  return MAYBE_DECIDED.has(reason) ? 'error.choice_stands' : 'error.nothing_shared';
}
