/** What the ledger should come to, as plainly as it can be said: no database, no batches, no crash. */

import { recordTypes, type Shortfall } from '../../domain/accounting/terms.ts';
import { type Budget, periodAt } from '../../domain/budget.ts';
import type { Settlement } from '../ledger-store.ts';

/** What a key or an account has. */
export interface Holding {
  /** The account; of an account, itself. */
  readonly accountId: number;
  left: number;
  unlimited: boolean;
  used: number;
  reserved: number;
  requests: number;
  budget: Budget | null;
  /** What was spent in the period that it was last spent in. */
  spent: number;
  spentFrom: number;
}

export function holdingOf(
  accountId: number,
  { left, unlimited, budget }: Pick<Holding, 'left' | 'unlimited' | 'budget'>,
): Holding {
  const nothing = { used: 0, reserved: 0, requests: 0, spent: 0, spentFrom: 0 };
  return { accountId, left, unlimited, budget, ...nothing };
}

export interface Running {
  readonly requestId: string;
  readonly accountId: number;
  readonly keyId: number;
  readonly units: number;
}

export type Refusal = Pick<Shortfall, 'holder' | 'limit' | 'free' | 'reserved'>;

export class LedgerModel {
  readonly accounts = new Map<number, Holding>();
  readonly keys = new Map<number, Holding>();
  readonly running: Running[] = [];
  written: Settlement[] = [];
  /** Created_at of all records, top-ups included. */
  recordTimes: number[] = [];
  /** Seconds UTC. */
  now = 1_800_000_000;

  /** What was spent of the holder's budget in the present period. */
  spentOf({ budget, spent, spentFrom }: Holding): number {
    return budget && periodAt(budget, Math.max(this.now, spentFrom)).start === spentFrom ? spent : 0;
  }

  /** What should come of asking for room. */
  reserve(request: Running): 'reserved' | 'gone' | Refusal {
    const account = this.accounts.get(request.accountId);
    const key = this.keys.get(request.keyId);
    if (!account || !key) return 'gone';
    for (const [owner, holder] of [
      ['account', account],
      ['key', key],
    ] as const) {
      const rooms = [
        ['quota', holder.unlimited ? Number.POSITIVE_INFINITY : holder.left],
        ['budget', holder.budget ? holder.budget.units - this.spentOf(holder) : Number.POSITIVE_INFINITY],
      ] as const;
      for (const [what, room] of rooms) {
        const free = room - holder.reserved;
        if (free >= Math.max(1, request.units)) continue;
        const id = request[`${owner}Id`];
        return {
          holder: { kind: owner, id },
          limit: what,
          free: Math.max(0, free),
          reserved: holder.reserved,
        };
      }
    }
    for (const holder of [account, key]) holder.reserved += request.units;
    this.running.push(request);
    return 'reserved';
  }

  /** Ends a request. What is known already changes nothing. */
  settle(settlement: Settlement): void {
    const { requestId, accountId, keyId, units, type, createdAt } = settlement.record;
    const holders = [this.accounts.get(accountId), this.keys.get(keyId)].filter(
      (holder) => holder !== undefined,
    );
    const at = this.running.findIndex((running) => running.requestId === requestId);
    const [ended] = at < 0 ? [] : this.running.splice(at, 1);
    for (const holder of holders) holder.reserved -= ended?.units ?? 0;
    if (this.written.some(({ record }) => record.requestId === requestId)) return;
    this.written.push(settlement);
    this.recordTimes.push(createdAt);
    if (type !== recordTypes.consume) return;
    for (const holder of holders) charge(holder, units, createdAt);
  }

  topUp(accountId: number, units: number): void {
    const account = this.accounts.get(accountId);
    if (!account) return;
    account.left += units;
    this.recordTimes.push(this.now);
  }

  deleteKey(keyId: number): void {
    this.keys.delete(keyId);
  }

  deleteAccount(accountId: number): void {
    this.accounts.delete(accountId);
    for (const [id, key] of this.keys) if (key.accountId === accountId) this.keys.delete(id);
  }

  /** @returns what was released */
  restart(): { requests: number; units: number } {
    const lost = this.running.splice(0);
    for (const holder of [...this.accounts.values(), ...this.keys.values()]) holder.reserved = 0;
    return { requests: lost.length, units: lost.reduce((sum, { units }) => sum + units, 0) };
  }

  /** @returns how many records should be removed */
  prune(before: number): number {
    const kept = this.recordTimes.filter((time) => time >= before);
    const removed = this.recordTimes.length - kept.length;
    this.recordTimes = kept;
    this.written = this.written.filter(({ record }) => record.createdAt >= before);
    return removed;
  }
}

function charge(holder: Holding, units: number, createdAt: number): void {
  if (!holder.unlimited) holder.left -= units;
  holder.used += units;
  holder.requests += 1;
  if (!holder.budget) return;
  const { start } = periodAt(holder.budget, Math.max(createdAt, holder.spentFrom));
  holder.spent = (start === holder.spentFrom ? holder.spent : 0) + units;
  holder.spentFrom = start;
}
