/** Jobs in either engine: each call is one statement, which is a transaction of its own. */
import type {
  AcceptedJob,
  JobDestination,
  JobFilter,
  JobPage,
  JobRow,
  JobStore,
  Lease,
  NewJob,
  OpenJobs,
  PolledJob,
} from './job-store.ts';
import type { Statement } from './statement.ts';
import { jobConditions, jobCount, jobPage, jobSql } from './statements/jobs.ts';

/** How an engine runs one statement. */
export interface JobDatabase {
  read<Parameters extends object, Result>(
    asked: Statement<Parameters, Result>,
    given: Parameters,
  ): Promise<Result[]>;
  /** @returns the rows of RETURNING */
  write<Parameters extends object, Result>(
    asked: Statement<Parameters, Result>,
    given: Parameters,
  ): Promise<Result[]>;
}

export class StoredJobs implements JobStore {
  readonly #db: JobDatabase;

  constructor(db: JobDatabase) {
    this.#db = db;
  }

  async #has<Parameters extends object>(
    asked: Statement<Parameters, unknown>,
    given: Parameters,
  ): Promise<boolean> {
    return (await this.#db.write(asked, given)).length > 0;
  }

  async insert(job: NewJob): Promise<number> {
    const [id = 0] = await this.#db.write(jobSql.insert, job);
    return id;
  }

  redirect(destination: JobDestination): Promise<boolean> {
    return this.#has(jobSql.redirect, destination);
  }

  accept(job: AcceptedJob): Promise<boolean> {
    return this.#has(jobSql.accept, job);
  }

  hold(id: number, failure: string): Promise<boolean> {
    return this.#has(jobSql.hold, { id, failure });
  }

  holdAbandoned(nowMs: number, failure: string): Promise<readonly JobRow[]> {
    return this.#db.write(jobSql.holdAbandoned, { nowMs, failure });
  }

  async releaseLeases(): Promise<void> {
    await this.#db.write(jobSql.releaseLeases, {});
  }

  claimDue(lease: Lease, limit: number): Promise<readonly JobRow[]> {
    return this.#db.write(jobSql.claimDue, { ...lease, limit });
  }

  async claimOne(id: number, lease: Lease): Promise<JobRow | undefined> {
    return (await this.#db.write(jobSql.claimOne, { ...lease, id }))[0];
  }

  polled(job: PolledJob, by: string): Promise<boolean> {
    return this.#has(jobSql.polled, { ...job, by });
  }

  async hurry(publicId: string, nowMs: number): Promise<void> {
    await this.#db.write(jobSql.hurry, { publicId, nowMs });
  }

  async hide(id: number): Promise<void> {
    await this.#db.write(jobSql.hide, { id });
  }

  async find(publicId: string): Promise<JobRow | undefined> {
    return (await this.#db.read(jobSql.find, { publicId }))[0];
  }

  async list(filter: JobFilter, { limit, offset, order }: JobPage): Promise<readonly JobRow[]> {
    const { afterId } = filter;
    const conditions = jobConditions(filter).addGiven(`id ${order === 'asc' ? '>' : '<'} :afterId`, {
      afterId,
    });
    const given = { ...conditions.parameters, limit, offset };
    return this.#db.read(jobPage(conditions.text, order), given);
  }

  async count(filter: JobFilter, most: number): Promise<number> {
    const { text, parameters } = jobConditions(filter);
    const [count = 0] = await this.#db.read(jobCount(text), { ...parameters, most });
    return count;
  }

  open(): Promise<readonly OpenJobs[]> {
    return this.#db.read(jobSql.open, {});
  }

  async countOpenOf(keyIds: readonly number[]): Promise<readonly number[]> {
    if (keyIds.length === 0) return [];
    const counts = new Map(await this.#db.read(jobSql.openByKey, {}));
    return keyIds.map((keyId) => counts.get(keyId) ?? 0);
  }

  claimCallbacks(lease: Lease, limit: number): Promise<readonly JobRow[]> {
    return this.#db.write(jobSql.claimCallbacks, { ...lease, limit });
  }

  async calledBack(id: number, callbackAttempts: number, callbackMs: number | null): Promise<void> {
    await this.#db.write(jobSql.calledBack, { id, callbackAttempts, callbackMs });
  }

  async deleteEndedBefore(before: number, limit: number): Promise<number> {
    return (await this.#db.write(jobSql.deleteEnded, { before, limit })).length;
  }
}
