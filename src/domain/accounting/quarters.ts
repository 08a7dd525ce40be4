/** Adds settled records to the totals of quarter hours, from which days of every time zone can be summed. Pure. */
import { safeMax } from './amounts.ts';
import { recordTypes } from './terms.ts';

export const quarterSeconds = 900;

/** The quarter hour that a time lies in: when it begins. */
export const quarterOf = (seconds: number): number => seconds - (seconds % quarterSeconds);

/** Upper bounds of the classes that times to the first byte are counted in, in milliseconds; the last has none. */
export const firstByteBounds = [100, 250, 500, 1000, 2000, 4000, 8000, 16_000] as const;

/** What is counted of the records of one quarter hour. */
export interface QuarterSums {
  requests: number;
  errors: number;
  units: number;
  inputTokens: number;
  outputTokens: number;
  /** Part of `inputTokens`. */
  cachedTokens: number;
  /** Sum, in milliseconds, over the requests that a first byte was sent to. */
  firstByteMs: number;
  /** Sum of the milliseconds between the first byte and the end, over streams that brought output tokens. */
  streamMs: number;
  /** The output tokens of those streams. */
  streamTokens: number;
  /** Requests by time to the first byte: up to each of `firstByteBounds`, and above the last. */
  firstByte0: number;
  firstByte1: number;
  firstByte2: number;
  firstByte3: number;
  firstByte4: number;
  firstByte5: number;
  firstByte6: number;
  firstByte7: number;
  firstByte8: number;
}

/** The classes of `firstByteBounds`, in their order. */
export const firstByteClasses = [
  'firstByte0',
  'firstByte1',
  'firstByte2',
  'firstByte3',
  'firstByte4',
  'firstByte5',
  'firstByte6',
  'firstByte7',
  'firstByte8',
] as const satisfies readonly (keyof QuarterSums)[];

const nothing: Readonly<QuarterSums> = {
  requests: 0,
  errors: 0,
  units: 0,
  inputTokens: 0,
  outputTokens: 0,
  cachedTokens: 0,
  firstByteMs: 0,
  streamMs: 0,
  streamTokens: 0,
  firstByte0: 0,
  firstByte1: 0,
  firstByte2: 0,
  firstByte3: 0,
  firstByte4: 0,
  firstByte5: 0,
  firstByte6: 0,
  firstByte7: 0,
  firstByte8: 0,
};

export const sumNames = Object.keys(nothing) as readonly (keyof QuarterSums)[];

export const noQuarterSums = (): QuarterSums => ({ ...nothing });

/** What the totals of quarter hours count of a record. */
export interface QuarterCharge {
  readonly type: number;
  readonly createdAt: number;
  readonly accountId: number;
  readonly keyId: number;
  readonly model: string;
  readonly channelId: number;
  readonly group: string;
  readonly units: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  readonly stream: boolean;
  /** -1 = there was no first byte. */
  readonly firstByteMs: number;
  readonly totalMs: number;
}

/** The totals of one quarter hour by all that they are kept apart by. */
export interface Quarter extends QuarterSums {
  readonly quarter: number;
  readonly accountId: number;
  readonly keyId: number;
  readonly model: string;
  readonly channelId: number;
  readonly group: string;
}

export class QuarterTotals {
  readonly #quarters = new Map<string, Quarter>();

  /** Records that are neither consumption nor errors count nowhere. */
  add(charge: QuarterCharge): void {
    if (charge.type === recordTypes.error) this.#quarterOf(charge).errors += 1;
    if (charge.type === recordTypes.consume) addConsumption(this.#quarterOf(charge), charge);
  }

  all(): readonly Quarter[] {
    return [...this.#quarters.values()];
  }

  #quarterOf({ createdAt, accountId, keyId, model, channelId, group }: QuarterCharge): Quarter {
    const quarter = quarterOf(createdAt);
    const name = `${quarter} ${accountId} ${keyId} ${channelId} ${group.length} ${group}${model}`;
    const known = this.#quarters.get(name);
    if (known) return known;
    const added = { quarter, accountId, keyId, model, channelId, group, ...nothing };
    this.#quarters.set(name, added);
    return added;
  }
}

function addConsumption(sums: QuarterSums, charge: QuarterCharge): void {
  const { units, inputTokens, outputTokens, cachedTokens, stream, firstByteMs, totalMs } = charge;
  sums.requests += 1;
  sums.units = Math.min(sums.units + units, safeMax);
  sums.inputTokens += inputTokens;
  sums.outputTokens += outputTokens;
  sums.cachedTokens += cachedTokens;
  if (firstByteMs < 0) return;
  sums.firstByteMs += firstByteMs;
  sums[firstByteClass(firstByteMs)] += 1;
  if (!stream || outputTokens === 0 || totalMs <= firstByteMs) return;
  sums.streamMs += totalMs - firstByteMs;
  sums.streamTokens += outputTokens;
}

function firstByteClass(milliseconds: number): (typeof firstByteClasses)[number] {
  const at = firstByteBounds.findIndex((bound) => milliseconds <= bound);
  return firstByteClasses.at(at) ?? 'firstByte8';
}

/** Adds the second sums to the first. */
export function addQuarterSums(sums: QuarterSums, added: Readonly<QuarterSums>): void {
  for (const name of sumNames) sums[name] += added[name];
}
