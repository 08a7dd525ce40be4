/** Counts events over many schedules. */

export interface Figures {
  schedules: number;
  events: number;
  admissions: number;
  /** Bytes of in-flight requests. */
  bytes: number;
  /** Requests that were refused because the node had no lease. */
  unserved: number;
  revocations: number;
  /** What nodes told of deleted keys. */
  reports: number;
  /** By kind. */
  readonly faults: Record<string, number>;
}

export function noFigures(): Figures {
  return {
    schedules: 0,
    events: 0,
    admissions: 0,
    bytes: 0,
    unserved: 0,
    revocations: 0,
    reports: 0,
    faults: {},
  };
}

export function countFault(figures: Figures, kind: string): void {
  figures.faults[kind] = (figures.faults[kind] ?? 0) + 1;
}

export function addFigures(sum: Figures, more: Figures): void {
  sum.schedules += more.schedules;
  sum.events += more.events;
  sum.admissions += more.admissions;
  sum.bytes += more.bytes;
  sum.unserved += more.unserved;
  sum.revocations += more.revocations;
  sum.reports += more.reports;
  for (const [kind, count] of Object.entries(more.faults)) sum.faults[kind] = (sum.faults[kind] ?? 0) + count;
}

/** Formats the figures in one line. */
export function summary(figures: Figures): string {
  const faults = Object.entries(figures.faults)
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ');
  const { schedules, events, admissions, bytes, unserved, revocations, reports } = figures;
  return (
    `${schedules} schedules, ${events} events, ${admissions} admissions, ${bytes} bytes, ` +
    `${unserved} unserved, ${revocations} revocations confirmed, ${reports} reports of deleted keys; faults: ${faults}`
  );
}
