/** Why a response ended, in Anthropic's words [TA StopReason] and in those of the internal form (section 8). Pure. */
import type { EndReason } from '../form/response.ts';

const reasons: Readonly<Record<string, EndReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop-sequence',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  pause_turn: 'paused',
  refusal: 'refusal',
};

/** Undefined = a reason that is not known: it is never a clean end. */
export function endReasonOf(stopReason: string): EndReason | undefined {
  return Object.hasOwn(reasons, stopReason) ? reasons[stopReason] : undefined;
}

const stopReasons = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  refusal: 'refusal',
  paused: 'pause_turn',
} as const satisfies Record<EndReason, string>;

export function stopReasonOf(reason: EndReason): (typeof stopReasons)[EndReason] {
  return stopReasons[reason];
}
