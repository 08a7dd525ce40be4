/** Log probabilities of tokens in OpenAI's two protocols, which have them in the same words. Pure. */
import type { JsonObject } from '../protocol.ts';
import type { Logprob, TokenLogprob } from './form/response.ts';
import { numberOf, objectsIn, textOf } from './json.ts';

/** @returns undefined for none */
export function readLogprobs(list: unknown): readonly TokenLogprob[] | undefined {
  const tokens = objectsIn(list).map((entry) => ({
    ...readOne(entry),
    top: objectsIn(entry.top_logprobs).map(readOne),
  }));
  return tokens.length > 0 ? tokens : undefined;
}

function readOne({ token, logprob, bytes }: JsonObject): Logprob {
  return {
    token: textOf(token) ?? '',
    logprob: numberOf(logprob) ?? 0,
    bytes: Array.isArray(bytes) ? bytes.filter((byte) => typeof byte === 'number') : undefined,
  };
}

export function writeLogprobs(tokens: readonly TokenLogprob[]): readonly JsonObject[] {
  return tokens.map((token) => ({ ...writeOne(token), top_logprobs: token.top.map(writeOne) }));
}

function writeOne({ token, logprob, bytes }: Logprob): JsonObject {
  return { token, logprob, bytes: bytes ?? [...Buffer.from(token)] };
}
