/** The course of a request of the demo data: how its time was spent, and which upstreams were tried. */
import type { RequestCourse, TryResult, UpstreamTry } from '../../src/domain/request-course.ts';
import type { ChannelPlan } from './cast.ts';

interface Timed {
  /** -1 = nothing came. */
  readonly firstByteMs: number;
  readonly totalMs: number;
}

/** A channel with its id. */
export interface TriedChannel extends Pick<ChannelPlan, 'name'> {
  readonly id: number;
}

/**
 * @param results of each try in order; none = no upstream was asked
 * @param channels those that were tried, again from the first where there are more tries
 */
export function courseOf(
  results: readonly TryResult[],
  channels: readonly TriedChannel[],
  { firstByteMs, totalMs }: Timed,
): RequestCourse {
  const admittedMs = 3;
  const lastMs = firstByteMs === -1 ? totalMs : firstByteMs;
  const tryMs = Math.max(1, Math.floor((lastMs - admittedMs) / (results.length + 1)));
  const tries = results.map((result, at): UpstreamTry => {
    const { id, name } = channels[at % channels.length] ?? { id: 1, name: 'demo' };
    const isGood = result === 'ok';
    const startMs = admittedMs + at * tryMs;
    const endMs = isGood ? totalMs : startMs + tryMs;
    return {
      channelId: id,
      channelName: name,
      keyNumber: id === 1 ? 0 : 1,
      status: { ok: 200, busy: 429 }[result as string] ?? 0,
      result,
      startMs,
      sentMs: result === 'unreachable' ? -1 : startMs + 1,
      firstByteMs: isGood ? lastMs : result === 'busy' ? endMs : -1,
      endMs,
    };
  });
  return { authorizedMs: 1, readMs: 2, admittedMs, settledMs: totalMs, tries };
}
