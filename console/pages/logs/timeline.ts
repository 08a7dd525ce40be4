/** The phases of a request as bars on one scale. Pure. */
import type { MessageOf } from '../../i18n/messages.ts';
import type { LogDetail } from './log-queries.ts';

export interface Phase {
  readonly id: string;
  readonly label: MessageOf<'logs'>;
  /** Which try it belongs to, from 1; 0 = none. */
  readonly attempt: number;
  /** Milliseconds from the arrival. */
  readonly from: number;
  readonly to: number;
}

/** @returns the phases that the request got to, in their order; empty where none were kept */
export function phasesOf({ timeline, tries, record }: LogDetail): readonly Phase[] {
  if (!timeline) return [];
  const { authorized_ms: authorized, body_ms: read, admitted_ms: admitted, settled_ms: settled } = timeline;
  const total = record.total_ms;
  const phases = [
    phase('phaseAuthorize', 0, 0, authorized),
    phase('phaseBody', 0, authorized, read),
    phase('phaseAdmit', 0, read, admitted),
    ...tries.flatMap((made, index) => tryPhases(made, index + 1)),
    phase('phaseSettle', 0, total, settled),
  ];
  return phases.filter(({ from, to }) => from >= 0 && to >= from);
}

function tryPhases(made: LogDetail['tries'][number], attempt: number): readonly Phase[] {
  const { start_ms: start, sent_ms: sent, first_byte_ms: first, end_ms: end } = made;
  if (sent < 0) return [phase('phaseConnect', attempt, start, end)];
  const answered = first < 0 ? end : first;
  return [
    phase('phaseConnect', attempt, start, sent),
    phase('phaseWait', attempt, sent, answered),
    ...(first < 0 ? [] : [phase('phaseStream', attempt, first, end)]),
  ];
}

const phase = (label: Phase['label'], attempt: number, from: number, to: number): Phase => ({
  id: `${attempt} ${label}`,
  label,
  attempt,
  from,
  to,
});

/** The end of the scale in milliseconds. */
export function endOf(phases: readonly Phase[]): number {
  return Math.max(1, ...phases.map(({ to }) => to));
}
