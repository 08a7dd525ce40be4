/** The writes of an administrator's operation, as the store makes them. */

import type { KeyRow } from '../../src/domain/key.ts';
import type { AccessStore } from '../../src/revocation/access-revocation.ts';
import type { AccountRow, OnCommitted } from '../../src/store/store.ts';
import type { Committed, Operation } from './database.ts';
import { send } from './network.ts';
import type { Process } from './process.ts';

const notSimulated = () => Promise.reject(new Error('no operation of the simulation makes this write'));
const noTombstones = async () => [];

export class OperationWrites implements AccessStore {
  readonly #process: Process;
  readonly #operation: Operation;
  /** The commit, once its result is known to the process. */
  committed: Committed | undefined;
  /** The true time at which the result became known. */
  learnedAt = 0;
  readonly insertKey = notSimulated;
  readonly deleteAccount = notSimulated;
  readonly revokeCredentials = notSimulated;
  readonly topUp = notSimulated;
  readonly tombstones = { ofKeys: noTombstones, ofAccount: noTombstones, ofOwner: noTombstones };

  constructor(process: Process, operation: Operation) {
    this.#process = process;
    this.#operation = operation;
  }

  async updateKey(_account: number, id: number, _fields: unknown, onCommitted: OnCommitted) {
    await this.#write(onCommitted);
    return this.#process.world.database.findKey(id)?.key as KeyRow | undefined;
  }

  async deleteKeys(_account: number, ids: readonly number[], onCommitted: OnCommitted) {
    const { seqs } = await this.#write(onCommitted);
    return seqs.length > 0 ? ids : [];
  }

  async updateAccount(_id: number, _fields: unknown, _actor: number, onCommitted: OnCommitted) {
    await this.#write(onCommitted);
    return undefined as AccountRow | undefined;
  }

  async #write(onCommitted: OnCommitted): Promise<Committed> {
    const { world, coordination } = this.#process;
    const committed = await send(this.#process, this.#operation.do, () =>
      world.database.change(this.#operation, coordination.confirming),
    );
    this.committed = committed;
    this.learnedAt = world.now;
    onCommitted(committed.seqs.map((seq) => ({ change: committed.change, seq })));
    return committed;
  }
}
