/** Log probabilities in Gemini's words [LogprobsResult]. Pure. */
import type { JsonObject } from '../../protocol.ts';
import type { Logprob, TokenLogprob } from '../form/response.ts';
import { isPlainObject, numberOf, objectsIn, textOf } from '../json.ts';

/** @returns undefined for none */
export function readLogprobs(result: unknown): readonly TokenLogprob[] | undefined {
  const { chosenCandidates, topCandidates } = isPlainObject(result) ? result : {};
  const tops = objectsIn(topCandidates);
  const tokens = objectsIn(chosenCandidates).map((chosen, step) => ({
    ...readOne(chosen),
    top: objectsIn(tops[step]?.candidates).map(readOne),
  }));
  return tokens.length > 0 ? tokens : undefined;
}

function readOne({ token, logProbability }: JsonObject): Logprob {
  return { token: textOf(token) ?? '', logprob: numberOf(logProbability) ?? 0, bytes: undefined };
}

export function writeLogprobs(tokens: readonly TokenLogprob[]): JsonObject {
  return {
    chosenCandidates: tokens.map(writeOne),
    topCandidates: tokens.map(({ top }) => ({ candidates: top.map(writeOne) })),
  };
}

const writeOne = ({ token, logprob }: Logprob): JsonObject => ({ token, logProbability: logprob });
