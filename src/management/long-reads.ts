/** Reads that take longer the more the gateway has: one at a time for each caller, so that no caller keeps others waiting. */
import { ClientGone } from '../http/body.ts';
import type { AuditStore } from '../store/audit-store.ts';
import type { StoreBase } from '../store/store.ts';

const names = [
  'listRecords',
  'searchRecords',
  'exportRecords',
  'countRecords',
  'sumRecords',
  'listHourly',
  'sumUsage',
  'rankUsage',
  'listBudgetedKeys',
  'listBalanceEntries',
  'sumBalanceEntries',
  'listKeys',
  'searchKeys',
  'searchManagedKeys',
  'listKeysBy',
  'countKeysBy',
  'listAccounts',
] as const satisfies readonly (keyof StoreBase)[];

type LongReadName = (typeof names)[number];

/** Each call throws ClientGone when nobody waits for it any more by the time it is its turn. */
export type LongReads = Pick<StoreBase, LongReadName> & {
  /** As `AuditStore.list`. */
  readonly listEvents: AuditStore['list'];
};

/** What remains of the store beside long reads. */
export type ShortReads = Omit<StoreBase, LongReadName>;

/** What a read is for. */
interface Waiting {
  /** Whether nobody waits for it any more. */
  readonly isGone: boolean;
}

export class LongReadTurns {
  readonly #store: StoreBase;
  /** By reader: the read that was asked for last, while it is not over. */
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(store: StoreBase) {
    this.#store = store;
  }

  /** @param reader whose reads wait for each other, such as `account 7` */
  of(reader: string, waiting: Waiting): LongReads {
    const store = this.#store;
    type Read = (...given: readonly unknown[]) => Promise<unknown>;
    const inTurn =
      (read: Read): Read =>
      (...given) =>
        this.#inTurn(reader, waiting, () => read(...given));
    const reads = names.map((name) => [name, inTurn((store[name] as Read).bind(store))] as const);
    const listEvents = inTurn(store.audit.list.bind(store.audit) as Read);
    return Object.fromEntries([...reads, ['listEvents', listEvents]]) as unknown as LongReads;
  }

  #inTurn<Result>(reader: string, waiting: Waiting, read: () => Promise<Result>): Promise<Result> {
    const begin = () => {
      if (waiting.isGone) throw new ClientGone();
      return read();
    };
    const turn = (this.#last.get(reader) ?? Promise.resolve()).then(begin, begin);
    this.#last.set(reader, turn);
    const over = () => {
      if (this.#last.get(reader) === turn) this.#last.delete(reader);
    };
    turn.then(over, over);
    return turn;
  }
}
