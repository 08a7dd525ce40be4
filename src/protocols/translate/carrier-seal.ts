/**
 * Seals what is carried through clients, and takes back only what has a sound seal: nobody can make one, or use that of
 * another account. What only its own upstream can read goes to no other one. Pure.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { limits } from '../../platform/limits.ts';
import { wrap } from './carrier.ts';
import type { Carried, Part, Provider, RequestForm } from './form/request.ts';
import type { Losses } from './losses.ts';
import type { CarrierSeal, EventStep } from './parts.ts';

const upstreamChars = 11;
const tagChars = 22;

/**
 * OpenAI's encrypted reasoning is refused in any organisation but its own: 400 `invalid_encrypted_content` (facts, section
 * 5.2). The others' signatures are those of a model.
 */
const boundProviders: readonly Provider[] = ['openai'];

const digest = (key: string, texts: readonly string[], chars: number): string =>
  createHmac('sha256', key).update(JSON.stringify(texts)).digest('base64url').slice(0, chars);

/** A name for the account at the provider that says nothing of its credential. */
export function upstreamName(key: string, origin: string, credential = ''): string {
  return digest(key, [origin, credential], upstreamChars);
}

const tagOf = (key: string, owner: string, upstream: string, { provider, blob }: Carried): string =>
  digest(key, [owner, upstream, provider, blob], tagChars);

/** Seals what the upstream's response carries. @param drop called when something is too long to be carried */
export function sealCarried(seal: CarrierSeal, drop: () => void): EventStep {
  return (event) => {
    if (event.type !== 'part-end' || !event.carried) return [event];
    const {
      keys: [key],
      owner,
      upstream,
    } = seal;
    const { carried: given, ...rest } = event;
    // A gateway behind this one wants its own wrapping back.
    const carried = given.seal === undefined ? given : { provider: given.provider, blob: wrap(given) };
    if (carried.blob.length > limits.carried_chars_max) {
      drop();
      return [rest];
    }
    return [{ ...rest, carried: { ...carried, seal: upstream + tagOf(key, owner, upstream, carried) } }];
  };
}

/** The request with no more of what it carries than this upstream may have. */
export function withSoundSeals(
  request: RequestForm,
  seal: CarrierSeal | undefined,
  losses: Losses,
): RequestForm {
  const isKept = (carried: Carried): boolean => {
    const isSound = carried.blob.length <= limits.carried_chars_max && mayHave(carried, seal);
    if (!isSound) losses.drop('reasoning');
    return isSound;
  };
  const keptPart = (part: Part): readonly Part[] => {
    if ((part.kind !== 'reasoning' && part.kind !== 'tool-call') || !part.carried) return [part];
    if (isKept(part.carried)) return [part];
    return part.kind === 'reasoning' ? [] : [{ ...part, carried: undefined }];
  };
  return {
    ...request,
    turns: request.turns.map((turn) => ({ ...turn, parts: turn.parts.flatMap(keptPart) })),
  };
}

/** What bears no seal stood bare in the client's own field: its provider checks it. */
function mayHave({ seal, ...carried }: Carried, allowed: CarrierSeal | undefined): boolean {
  if (seal === undefined) return true;
  if (!allowed) return false;
  const upstream = seal.slice(0, upstreamChars);
  const isBound = boundProviders.includes(carried.provider);
  if (isBound && upstream !== allowed.upstream) return false;
  const tag = Buffer.from(seal.slice(upstreamChars));
  return (
    tag.length === tagChars &&
    allowed.keys.some((key) =>
      timingSafeEqual(tag, Buffer.from(tagOf(key, allowed.owner, upstream, carried))),
    )
  );
}
