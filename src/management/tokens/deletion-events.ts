/** The events of a deletion that is followed live, and their order. */
import { z } from 'zod';
import type { SignedReceipt } from '../../domain/receipt.ts';
import type { Clock } from '../../platform/clock.ts';
import { asHalleyError } from '../../platform/errors.ts';
import type { RevocationListener } from '../../revocation/access-revocation.ts';
import type { Member, Progress } from '../../revocation/barriers.ts';
import type { CommittedChange } from '../../store/store.ts';
import { signedReceiptSchema } from '../receipts/schemas.ts';

const atMs = z.int().describe('Milliseconds since 1970, by the clock of the node that answers.');
const counts = {
  confirmed: z.int().describe('Other nodes that do not use the keys any more.'),
  nodes: z.int().describe('Other nodes that were there at the commit.'),
};

export const deletionEventSchema = z.discriminatedUnion('event', [
  z
    .object({
      event: z.literal('committed'),
      ids: z.array(z.int()).describe('The keys.'),
      at_ms: atMs,
      in_flight: z.enum(['abort', 'drain']),
    })
    .describe('The keys are deleted for good. This node refuses them; others may not yet.'),
  z
    .object({
      event: z.literal('node'),
      name: z.string(),
      node_id: z.string(),
      way: z.enum(['acknowledged', 'lease_over', 'left']),
      at_ms: atMs,
      ...counts,
    })
    .describe('Another node does not use the keys any more.'),
  z
    .object({
      event: z.literal('waiting'),
      silent: z.array(z.string()).describe('Names of the nodes that are waited for.'),
      lease_left_ms: z.int().describe('Then the wait ends in any case.'),
      ...counts,
    })
    .describe('Every 100 ms, while other nodes are waited for.'),
  z
    .object({
      event: z.literal('done'),
      ids: z.array(z.int()).describe('All keys that were deleted.'),
      at_ms: atMs,
      waited_ms: z.number().describe('Since the first commit.'),
      receipt_ids: z.array(z.int()),
      receipt: signedReceiptSchema.nullable().describe('Of one key; `null` for several.'),
    })
    .describe('No node uses the keys any more. The same as a successful DELETE.'),
  z
    .object({ event: z.literal('failed'), code: z.string(), message: z.string() })
    .describe('The deletion could not be confirmed. Send it again.'),
]);

type Written<Event> = Event extends { readonly event: 'done' }
  ? Omit<Event, 'receipt'> & { readonly receipt: SignedReceipt | null }
  : Event;
export type DeletionEvent = Written<z.infer<typeof deletionEventSchema>>;

/** The latest progress of a commit; undefined = it has made none. */
interface Wait {
  progress: Progress | undefined;
}

/** Keys of several accounts are deleted by a commit for each account, each with its own wait. */
export class DeletionEvents {
  readonly receiptIds: number[] = [];
  /** Resolves with the first commit. */
  readonly committedOnce = Promise.withResolvers<void>();
  readonly #clock: Clock;
  readonly #inFlight: 'abort' | 'drain';
  readonly #queue: DeletionEvent[] = [];
  readonly #waits: Wait[] = [];
  readonly #told = new Set<number>();
  #wake = Promise.withResolvers<void>();
  #isOver = false;
  #firstAt: number | undefined;
  /** When the last commit so far was applied everywhere, by both clocks. */
  #applied = { wall: 0, monotonic: 0 };

  constructor(clock: Clock, inFlight: 'abort' | 'drain') {
    this.#clock = clock;
    this.#inFlight = inFlight;
  }

  /** Hears one commit of the deletion. */
  ofCommit(): RevocationListener {
    const wait: Wait = { progress: undefined };
    return {
      committed: (changes) => {
        if (this.#noteCommitted(changes)) this.#waits.push(wait);
      },
      progress: (progress) => {
        wait.progress = progress;
        this.#tellProgress();
      },
      applied: () => {
        this.#applied = { wall: this.#clock.now(), monotonic: this.#clock.monotonic() };
      },
    };
  }

  /** @returns whether it has deleted keys */
  #noteCommitted(changes: readonly CommittedChange[]): boolean {
    const ids = changes.flatMap(({ change }) => (change.kind === 'key' ? [change.keyId] : []));
    if (ids.length === 0) return false;
    this.receiptIds.push(...changes.flatMap(({ receipt }) => receipt?.id ?? []));
    this.#firstAt ??= this.#clock.monotonic();
    // What a node has confirmed was about the commits before.
    this.#told.clear();
    this.#push({ event: 'committed', ids, at_ms: this.#clock.now(), in_flight: this.#inFlight });
    this.committedOnce.resolve();
    return true;
  }

  #tellProgress(): void {
    const members = membersOfAll(this.#waits.map(({ progress }) => progress?.members));
    if (!members) return;
    const found = members.filter(({ by }) => by !== undefined);
    const numbers = { confirmed: found.length, nodes: members.length };
    for (const member of found) this.#tell(member, numbers);
    if (found.length === members.length) return;
    const silent = members.flatMap(({ by, name }) => (by === undefined ? [name] : []));
    const leaseLeftMs = Math.max(...this.#waits.map(({ progress }) => progress?.leaseLeftMs ?? 0));
    this.#push({ event: 'waiting', silent, lease_left_ms: Math.ceil(leaseLeftMs), ...numbers });
  }

  #tell({ incarnation, name, nodeId, by }: Member, numbers: { confirmed: number; nodes: number }): void {
    if (by === undefined || this.#told.has(incarnation)) return;
    this.#told.add(incarnation);
    this.#push({ event: 'node', name, node_id: nodeId, way: by, at_ms: this.#clock.now(), ...numbers });
  }

  done(end: Pick<Extract<DeletionEvent, { event: 'done' }>, 'ids' | 'receipt'>): void {
    const { wall, monotonic } = this.#applied;
    const waited_ms = Math.round(10 * (monotonic - (this.#firstAt ?? monotonic))) / 10;
    this.#push({ event: 'done', at_ms: wall, waited_ms, receipt_ids: this.receiptIds, ...end });
    this.#end();
  }

  failed(thrown: unknown): void {
    const { code, message } = asHalleyError(thrown);
    this.#push({ event: 'failed', code, message });
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    this.#wake.resolve();
  }

  #push(event: DeletionEvent): void {
    // A reader that is slower than the wait needs the latest state alone.
    if (event.event === 'waiting' && this.#queue.at(-1)?.event === 'waiting') this.#queue.pop();
    this.#queue.push(event);
    this.#wake.resolve();
  }

  /** Each event as a line of JSON. Ends after `done` or `failed`. */
  async *lines(): AsyncIterable<string> {
    for (;;) {
      const event = this.#queue.shift();
      if (event) yield `${JSON.stringify(event)}\n`;
      else if (this.#isOver) return;
      else {
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
      }
    }
  }
}

/**
 * The members that several commits wait for. One has confirmed when it has confirmed each commit that waits for it.
 * @returns undefined while those of a commit are not known
 */
function membersOfAll(waits: readonly (readonly Member[] | undefined)[]): readonly Member[] | undefined {
  const all = new Map<number, Member>();
  for (const members of waits) {
    if (!members) return undefined;
    for (const member of members) {
      const known = all.get(member.incarnation);
      if (!known || known.by !== undefined) all.set(member.incarnation, member);
    }
  }
  return [...all.values()];
}
