/** What upstreams store for clients, in either engine. */
import type { ObjectExtra, ObjectKind } from '../domain/upstream-object.ts';
import type { NewObject, ObjectFilter, ObjectPage, ObjectRow, ObjectStore } from './object-store.ts';
import type { Statement } from './statement.ts';
import { objectConditions, objectPage, objectSql } from './statements/objects.ts';
import type { JobDatabase } from './stored-jobs.ts';

/** How an engine runs statements. */
export interface ObjectDatabase extends JobDatabase {
  /** Runs one statement for each of the parameters, in one transaction. @returns the rows of each */
  writeEach<Parameters extends object, Result>(
    asked: Statement<Parameters, Result>,
    given: readonly Parameters[],
  ): Promise<Result[][]>;
}

export class StoredObjects implements ObjectStore {
  readonly #db: ObjectDatabase;

  constructor(db: ObjectDatabase) {
    this.#db = db;
  }

  async insert(objects: readonly NewObject[]): Promise<readonly boolean[]> {
    if (objects.length === 0) return [];
    const written = await this.#db.writeEach(objectSql.insert, objects);
    return written.map((rows) => rows.length > 0);
  }

  find(kind: ObjectKind, publicId: string): Promise<readonly ObjectRow[]> {
    return this.#db.read(objectSql.find, { kind, publicId });
  }

  list(filter: ObjectFilter, { limit, order, afterId }: ObjectPage): Promise<readonly ObjectRow[]> {
    const { text, parameters } = objectConditions(filter).addGiven(
      `id ${order === 'asc' ? '>' : '<'} :afterId`,
      {
        afterId,
      },
    );
    return this.#db.read(objectPage(text, order), { ...parameters, limit });
  }

  async setExtra(id: number, extra: ObjectExtra): Promise<void> {
    await this.#db.write(objectSql.setExtra, { id, extra });
  }

  async remove(id: number): Promise<void> {
    await this.#db.write(objectSql.remove, { id });
  }

  async deleteExpired(nowMs: number, limit: number): Promise<number> {
    return (await this.#db.write(objectSql.deleteExpired, { nowMs, limit })).length;
  }
}
