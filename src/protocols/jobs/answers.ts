/** Reads the parts of upstream answers that vendors of jobs have in common. Pure. */

import type { JsonObject } from '../protocol.ts';
import { noFacts, readErrorBody } from '../upstream/error-facts.ts';
import { meaningOf } from '../upstream/error-rules.ts';
import { asObject } from '../usage/usage-shape.ts';
import type { FetchReading, JobAnswer, SubmitReading } from './vendor.ts';

/** Answers of a server that did not begin with the request. */
const notBegun: ReadonlySet<number> = new Set([501, 503, 505, 529]);

/**
 * Reads a submit's answer by its status.
 * @returns undefined = the status is one of success, and the body says the rest
 */
export function refusalByStatus({ status, body }: JobAnswer): SubmitReading | undefined {
  if (status >= 200 && status < 300) return undefined;
  const facts = readErrorBody(body);
  const saysWhy = facts.message !== '' || facts.code !== '';
  // A gateway in between that gave up waiting does not know what the vendor did.
  const isDoubtful = status === 408 || status === 499 || (status >= 500 && !notBegun.has(status));
  if (isDoubtful && (status !== 500 || !saysWhy)) return { kind: 'unclear', reason: `status ${status}` };
  const { code, message } = facts;
  return {
    kind: 'refused',
    meaning: meaningOf('openai', status, facts),
    code,
    message,
    ...(isDoubtful && { isFinal: true }),
  };
}

const textIn = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? `${value}` : '');

/** A refusal that came with a status of success. @param meaning default `own`: no other channel is tried */
export function refused(
  code: unknown,
  message: unknown,
  meaning: Extract<SubmitReading, { kind: 'refused' }>['meaning'] = 'own',
): SubmitReading {
  return { kind: 'refused', meaning, code: textIn(code), message: textIn(message) };
}

/** A refusal within a response of success, by what its words mean: another channel may take what this one's account cannot. */
export function refusedBy(code: unknown, message: unknown): SubmitReading {
  const facts = { ...noFacts, code: textIn(code), message: textIn(message) };
  return refused(code, message, meaningOf('openai', 400, facts));
}

/** An id that the upstream gave; undefined = it gave none. */
export function idIn(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && value !== '' && value.length <= 512 ? value : undefined;
}

/** @returns undefined = the status is one of success, and the body says how the job goes */
export function unreadableFetch({ status, body }: JobAnswer): FetchReading | undefined {
  if (status === 404 || status === 410) return 'missing';
  return status >= 200 && status < 300 && body ? undefined : 'unclear';
}

/** URLs among values: texts, and the member `name` of objects. */
export function urlsIn(value: unknown, name = 'url'): readonly { readonly url: string }[] {
  const values = Array.isArray(value) ? value : [value];
  return values.flatMap((each) => {
    const url: unknown = typeof each === 'string' ? each : asObject(each)?.[name];
    return typeof url === 'string' && /^https?:\/\//i.test(url) ? [{ url }] : [];
  });
}

/** A task as gateways wrap it: `{code: "success", data: {task_id, status, fail_reason, progress, data}}`. */
export interface WrappedTask {
  /** Of the gateway: id, status, progress. */
  readonly task: JsonObject;
  /** The vendor's own answer within; empty where there is none. */
  readonly inner: JsonObject;
}

/** @returns undefined = the answer is not wrapped */
export function wrappedTask(body: JsonObject): WrappedTask | undefined {
  const task = asObject(body.data);
  if (!task || !('status' in task || 'task_id' in task)) return undefined;
  return { task, inner: asObject(task.data) ?? {} };
}

/** A code, written as a number or a text; NaN = it is neither. `Number` itself throws for some of what JSON can hold. */
export function numberIn(value: unknown): number {
  return typeof value === 'number' || (typeof value === 'string' && value !== '')
    ? Number(value)
    : Number.NaN;
}

/** The first that is a text and says something; '' = none does. */
export function firstText(...values: readonly unknown[]): string {
  const isText = (value: unknown) => typeof value === 'string' && value.trim() !== '';
  return String(values.find(isText) ?? '');
}
