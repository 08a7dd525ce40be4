/**
 * Assigns conversations to upstreams without any memory: each node computes the same one, a conversation whose upstream
 * fails goes to its next best and comes back, and a new upstream takes its share of all others. This is weighted
 * rendezvous hashing (Thaler and Ravishankar, 1998; with weights Schindelhauer and Schomaker, 2005). Pure.
 */
import { hash } from 'node:crypto';

const steps = 2 ** 48;

/** An evenly distributed number between 0 and 1, both excluded. */
function fractionOf(text: string): number {
  return (hash('sha256', text, 'buffer').readUIntBE(0, 6) + 0.5) / steps;
}

/**
 * @param id of a candidate
 * @param weight its share among all candidates; above 0
 * @returns the candidate with the highest score gets the conversation
 */
function scoreOf(conversation: string, id: string, weight: number): number {
  return weight / -Math.log(fractionOf(`${id}\n${conversation}`));
}

/**
 * Selects a candidate for a conversation.
 * @param idOf must not depend on the node or on the other candidates
 * @param weightOf 0 = only when none has a weight
 */
export function assigned<Candidate>(
  candidates: readonly Candidate[],
  conversation: string,
  idOf: (candidate: Candidate) => string,
  weightOf: (candidate: Candidate) => number = () => 1,
): Candidate | undefined {
  const weighted = candidates.filter((candidate) => weightOf(candidate) > 0);
  let best: Candidate | undefined;
  let bestScore = 0;
  for (const candidate of weighted.length > 0 ? weighted : candidates) {
    const score = scoreOf(conversation, idOf(candidate), weightOf(candidate) || 1);
    if (score <= bestScore) continue;
    best = candidate;
    bestScore = score;
  }
  return best;
}
