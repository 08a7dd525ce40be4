/** Selects the channel for the next attempt. Pure. */
import { assigned } from './affinity.ts';

export interface Candidate {
  readonly id: string;
  readonly groups: ReadonlySet<string>;
  /** A higher priority is selected first. */
  readonly priority: number;
  /** Share among the open candidates of one priority; 0 means only when none of them has a weight. */
  readonly weight: number;
}

export interface Preference {
  /** Undefined = the request belongs to none. */
  conversation(): string | undefined;
  /** Returns a number from 0 up to but not including 1. */
  draw(): number;
}

/**
 * Selects from the first group that has an open candidate: the highest priority with one, and within it by conversation or at random, by
 * weight.
 * @param offering candidates for one protocol and model, highest priority first
 * @param groups in order of preference
 * @param isOpen whether a candidate can be tried now
 * @param preference decides among several; called only if there is a choice
 * @returns `unknown_model` when no candidate serves any of the groups, `exhausted` when none of those is open
 */
export function select<C extends Candidate>(
  offering: readonly C[],
  groups: readonly string[],
  isOpen: (candidate: C) => boolean,
  preference: Preference,
): C | 'unknown_model' | 'exhausted' {
  let offered = false;
  for (const group of groups) {
    const tier: C[] = [];
    for (const candidate of offering) {
      if (!candidate.groups.has(group)) continue;
      offered = true;
      if (tier[0] && candidate.priority < tier[0].priority) break;
      if (isOpen(candidate)) tier.push(candidate);
    }
    const chosen = preferred(tier, preference);
    if (chosen) return chosen;
  }
  return offered ? 'exhausted' : 'unknown_model';
}

function preferred<C extends Candidate>(tier: readonly C[], preference: Preference): C | undefined {
  if (tier.length <= 1) return tier[0];
  const conversation = preference.conversation();
  if (conversation === undefined) return byWeight(tier, preference.draw);
  return assigned(
    tier,
    conversation,
    ({ id }) => id,
    ({ weight }) => weight,
  );
}

function byWeight<C extends Candidate>(tier: readonly C[], draw: () => number): C | undefined {
  const total = tier.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return tier[Math.floor(draw() * tier.length)];
  let left = draw() * total;
  for (const candidate of tier) {
    left -= candidate.weight;
    if (left < 0) return candidate;
  }
  // Rounding of fractional weights can leave a remainder. It goes to the last candidate with a weight.
  return tier.findLast(({ weight }) => weight > 0);
}
