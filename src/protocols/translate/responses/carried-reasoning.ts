/**
 * What a reasoning item carries for its provider. OpenAI binds an encrypted text to the id of its item, so that both
 * are one blob here (https://github.com/BerriAI/litellm/pull/15782: a made-up id makes it refuse the text).
 */

import type { JsonObject } from '../../protocol.ts';
import { unwrap, wrap } from '../carrier.ts';
import type { Carried } from '../form/request.ts';
import { textOf } from '../json.ts';

/** Between id and encrypted text. Neither holds it. */
const separator = '|';
/** Before a blob that was all that the provider gave. No base64 holds a colon. */
const redactedMark = 'redacted:';
/** Before the signature of a tool call, whose id follows. */
const callMark = 'call:';

export interface CarriedReasoning {
  readonly carried: Carried;
  readonly isRedacted: boolean;
  /** The tool call to which the signature belongs; undefined = it belongs to reasoning. */
  readonly callId: string | undefined;
}

/** The blob of a reasoning item of OpenAI's own; undefined = it has none. */
export function ownBlob({ id, encrypted_content }: JsonObject): Carried | undefined {
  const encrypted = textOf(encrypted_content);
  if (!encrypted) return undefined;
  return { provider: 'openai', blob: textOf(id) ? `${id}${separator}${encrypted}` : encrypted };
}

/** What the item of a client's history carries; undefined = nothing. */
export function carriedBy(item: JsonObject): CarriedReasoning | undefined {
  const encrypted = textOf(item.encrypted_content);
  if (!encrypted) return undefined;
  const { blob, ...own } = unwrap(encrypted, 'openai');
  if (blob === encrypted) {
    const carried = ownBlob(item);
    return carried && { carried, isRedacted: false, callId: undefined };
  }
  if (blob.startsWith(redactedMark)) {
    const carried = { ...own, blob: blob.slice(redactedMark.length) };
    return { carried, isRedacted: true, callId: undefined };
  }
  const [mark, callId, signature] = splitCall(blob);
  if (mark) return { carried: { ...own, blob: signature }, isRedacted: false, callId };
  return { carried: { ...own, blob }, isRedacted: false, callId: undefined };
}

function splitCall(blob: string): readonly [isCall: boolean, callId: string, signature: string] {
  const end = blob.startsWith(callMark) ? blob.indexOf(':', callMark.length) : -1;
  return end === -1 ? [false, '', ''] : [true, blob.slice(callMark.length, end), blob.slice(end + 1)];
}

/** The members of an item that carry OpenAI's own blob. */
export function ownMembers(blob: string): { readonly id?: string; readonly encrypted_content: string } {
  const end = blob.indexOf(separator);
  if (end === -1) return { encrypted_content: blob };
  return { id: blob.slice(0, end), encrypted_content: blob.slice(end + 1) };
}

/**
 * The encrypted text of an item that carries the blob of any provider, and says whose it is: beside the id of the item,
 * which is ours, a bare one would be read as bound to that.
 */
export function encryptedText(carried: Carried, isRedacted: boolean): string {
  return named(carried, isRedacted ? redactedMark : '');
}

/** The encrypted text of an item that carries the signature of a tool call. @param callId one that is portable */
export function callSignature(carried: Carried, callId: string): string {
  return named(carried, `${callMark}${callId}:`);
}

function named(carried: Carried, mark: string): string {
  return wrap({ ...carried, blob: mark + carried.blob });
}
