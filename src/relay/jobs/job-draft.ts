/** What a submit asks for, worked out from its body before anything is reserved: the row that it will become. */
import type { KeyPolicy } from '../../access/key-policy.ts';
import { mayUse } from '../../domain/ownership.ts';
import {
  type ModelRates,
  pieceRateNames,
  plainMultiplier,
  tokenRateNames,
  variantRateNames,
} from '../../domain/rates.ts';
import { isLongerThan } from '../../domain/text-rules.ts';
import type { FoundPrice } from '../../ledger/price-book.ts';
import type { MatchedJob } from '../../operations/jobs/routes.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { JobBound } from '../../protocols/jobs/bound.ts';
import type { JobAction, JobRequest } from '../../protocols/jobs/vendor.ts';
import type { JobRow } from '../../store/job-store.ts';
import { checkCallbackUrl } from '../../upstreams/callback-url.ts';
import { modelsIn } from '../body-model.ts';
import { refuseOtherCase } from './body-names.ts';
import { chargeOf } from './job-charge.ts';
import type { JobsOptions } from './jobs-options.ts';

/** A submit as it was understood. */
export interface JobDraft {
  readonly request: JobRequest;
  readonly action: JobAction;
  readonly model: string;
  readonly bound: JobBound;
  /** The job that it continues; undefined = none. */
  readonly origin: JobRow | undefined;
  /** The URL that the client wants called; undefined = none. */
  readonly callback: string | undefined;
}

/**
 * @throws HalleyError as `JobAction.check` does; `job_not_found` for the job that it continues, `model_missing`,
 * `invalid_value` for the client's URL
 */
export async function understand(
  { store, share, allowPrivate }: JobsOptions,
  action: JobAction,
  { route, params, query }: MatchedJob,
  body: JobRequest['body'],
  record: KeyPolicy,
): Promise<JobDraft> {
  const request = { params, query, body };
  if (modelsIn(body).length > 0) {
    const message = 'A job has one model. Leave "models" and "fallbacks" out.';
    throw new HalleyError('invalid_body', { message, param: 'models' });
  }
  refuseOtherCase(action, request);
  action.check(request);
  const originId = action.originOf?.(request);
  const origin = originId === undefined ? undefined : await store.jobs.find(originId);
  const isUsable = origin && origin.vendor === route.vendor.name && origin.upstreamId !== '';
  if (originId !== undefined && !(isUsable && mayUse(origin, record, share))) {
    throw new HalleyError('job_not_found');
  }
  const model = action.modelOf(request) ?? origin?.model ?? '';
  if (model === '') throw new HalleyError('model_missing', { param: 'model' });
  if (isLongerThan(model, limits.model_id_chars_max)) {
    const message = `The name of a model has at most ${limits.model_id_chars_max} characters.`;
    throw new HalleyError('invalid_body', { message, param: 'model' });
  }
  const { callbackField: field } = action;
  const wanted = field === undefined ? undefined : body[field];
  const isWanted = field !== undefined && wanted !== undefined && wanted !== null && wanted !== '';
  return {
    request,
    action,
    model,
    bound: action.bound(request, origin && { pieces: origin.pieces, variant: origin.variant }),
    origin,
    callback: isWanted ? checkCallbackUrl(field, wanted, allowPrivate) : undefined,
  };
}

/** @throws HalleyError('model_not_priced'), also for a price that this job would cost nothing by */
export function priceOf(
  { prices, unpriced }: Pick<JobsOptions, 'prices' | 'unpriced'>,
  { model, bound }: Pick<JobDraft, 'model' | 'bound'>,
): FoundPrice | undefined {
  const price = prices.find(model);
  if (price ? isForJob(price, bound) : unpriced === 'free') return price;
  const what = price ? 'has a price here, but none for what this job makes' : 'has no price here';
  const message = `The model "${model}" ${what}. Ask the operator to set one.`;
  throw new HalleyError('model_not_priced', { message, param: 'model' });
}

/** A price for tokens, or for videos alone, bounds no picture. */
function isForJob({ rates }: FoundPrice, { pieces, variant }: JobBound): boolean {
  return isFree(rates) || chargeOf({ pieces, variant, multiplier: plainMultiplier }, rates).units > 0;
}

/** A model that is free is free in every way. */
function isFree(rates: ModelRates): boolean {
  const variants = Object.values(rates.variants);
  return (
    [...tokenRateNames, ...pieceRateNames].every((name) => (rates[name] ?? 0) === 0) &&
    variants.every((variant) => variantRateNames.every((name) => (variant[name] ?? 0) === 0))
  );
}

/**
 * The groups for which it may be served. A key that may not cross groups stays with the first that offers the model.
 * @throws HalleyError('model_not_found') when none does
 */
export function groupsFor(
  { upstreams }: Pick<JobsOptions, 'upstreams'>,
  { groups, crossGroups }: KeyPolicy,
  { model, origin }: JobDraft,
): readonly string[] {
  // It goes to the channel of its origin, whatever that offers by now.
  if (origin) return [origin.group];
  const offers = (some: readonly string[]) => upstreams.offers('openai', model, some);
  const first = crossGroups ? undefined : groups.find((group) => offers([group]));
  const chosen = first === undefined ? groups : [first];
  if (offers(chosen)) return chosen;
  const message = `The model "${model}" is not offered here. List the models to see which are available.`;
  throw new HalleyError('model_not_found', { message, param: 'model' });
}
