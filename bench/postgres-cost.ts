/** Reads what a PostgreSQL on this machine has done: CPU time of all its processes, and commits. */
import { readdirSync, readFileSync } from 'node:fs';
import type { TestPostgres } from '../tests/support/postgres.ts';

export interface PostgresWork {
  readonly cpuMs: number;
  readonly commits: number;
}

/** USER_HZ of Linux. */
const ticksInSecond = 100;

interface Stat {
  readonly parent: number;
  /** Of the process itself, and of its children that have ended. */
  readonly ticks: { readonly own: number; readonly ended: number };
}

function statOf(pid: string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
    return { parent, ticks: { own: user + system, ended: endedUser + endedSystem } };
  } catch {
    return undefined;
  }
}

/** What it has done since its start. */
export async function workOf(postgres: TestPostgres, databaseUrl: string): Promise<PostgresWork> {
  const [row] = await postgres.query(
    databaseUrl,
    'SELECT sum(xact_commit)::float8 AS commits FROM pg_stat_database',
  );
  const postmaster = postmasterOf(postgres.port);
  let ticks = 0;
  for (const pid of processes()) {
    const stat = statOf(pid);
    if (pid === postmaster) ticks += (stat?.ticks.own ?? 0) + (stat?.ticks.ended ?? 0);
    else if (stat?.parent === Number(postmaster)) ticks += stat.ticks.own;
  }
  return { cpuMs: (ticks * 1000) / ticksInSecond, commits: Number(row?.commits) };
}

const processes = (): readonly string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

function postmasterOf(port: number): string {
  const pid = processes().find((each) => {
    try {
      return readFileSync(`/proc/${each}/cmdline`, 'latin1').split('\0').includes(`port=${port}`);
    } catch {
      return false;
    }
  });
  if (pid === undefined) throw new Error(`no PostgreSQL listens on ${port}`);
  return pid;
}
