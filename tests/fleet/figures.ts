/**
 * Measures how long a deletion takes in a cluster without faults, compared with one durable commit of the same
 * database.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Connection, requestText } from './connection.ts';
import type { Fleet } from './fleet.ts';
import { waitedOf } from './race.ts';

export interface DeletionFigures {
  /** In milliseconds, sorted. */
  readonly deletions: readonly number[];
  readonly commits: readonly number[];
}

/** Measures both in turn, so that they run under the same load. No node has the keys in its cache. */
export async function measureDeletions(fleet: Fleet, count: number): Promise<DeletionFigures> {
  const client = new pg.Client({ connectionString: fleet.databaseUrl });
  await client.connect();
  await client.query('CREATE TABLE IF NOT EXISTS commit_check (id int PRIMARY KEY, checked int NOT NULL)');
  await client.query('INSERT INTO commit_check VALUES (1, 0) ON CONFLICT DO NOTHING');
  const connection = new Connection(fleet.node(0).gateway.url);
  const deletions: number[] = [];
  const commits: number[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const { id } = await fleet.createKey();
    await sleep(2);
    const text = requestText({ method: 'DELETE', path: `/api/token/${id}`, credential: fleet.token });
    const beganAt = performance.now();
    const reply = await connection.ask(text);
    deletions.push(reply.at - beganAt);
    waitedOf(reply);
    const commitAt = performance.now();
    await client.query('UPDATE commit_check SET checked = checked + 1');
    commits.push(performance.now() - commitAt);
  }
  connection.close();
  await client.end();
  return { deletions: sorted(deletions), commits: sorted(commits) };
}

const sorted = (values: readonly number[]) => values.toSorted((one, other) => one - other);

/**
 * @param sortedValues in ascending order
 * @param share from 0 to 1
 */
export function quantile(sortedValues: readonly number[], share: number): number {
  const index = Math.min(sortedValues.length - 1, Math.floor(share * sortedValues.length));
  return sortedValues[index] ?? Number.NaN;
}
