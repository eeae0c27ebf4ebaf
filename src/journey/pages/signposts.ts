import type { ErrorReason, PageModel } from './models.ts';

export interface ProgressStep {
  name: 'sign_in' | 'choose' | 'decide' | 'back';
  state: 'done' | 'current' | 'ahead';
}

const STEPS = ['sign_in', 'choose', 'decide', 'back'] as const;

const POSITION: Record<Exclude<PageModel['step'], 'error'>, number> = {
  login: 0,
  redirecting: 0,
  supply: 1,
  consent: 2,
  finishing: 3,
  done: 3,
};

/** Where the customer stands; null on error pages, where a way ahead would be a promise. */
export function progressOf(model: PageModel): ProgressStep[] | null {
  if (model.step === 'error') return null;
  const at = POSITION[model.step];
  return STEPS.map((name, index) => ({ name, state: index < at ? 'done' : index === at ? 'current' : 'ahead' }));
}

/** The group of texts of a `done` page. */
export const doneGroup = (model: Extract<PageModel, { step: 'done' }>): string =>
  model.foreign ? 'done.foreign' : `done.${model.outcome}_${model.delivery}`;

export function titleKeyOf(model: PageModel): string {
  if (model.step === 'error') return `error.${model.reason}.title`;
  if (model.step === 'done') return `${doneGroup(model)}.title`;
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

export const sharedKeyOf = (reason: ErrorReason): string =>
  MAYBE_DECIDED.has(reason) ? 'error.choice_stands' : 'error.nothing_shared';
