/**
 * Measures what ordinary chat requests lose while one client repeats one expensive call in a tight loop: their latency
 * beside it, relative to their latency alone.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { digestOf } from '../../src/domain/digest.ts';
import { databaseFileName } from '../../src/store/sqlite/open.ts';
import { type Bench, chatOrder, type Scenario, type Subject } from '../bench.ts';
import { Child, startServer } from '../child.ts';
import { type Figure, median } from '../figures.ts';
import { makeAccount, makeKey, makeSocketChannel } from '../gateway.ts';
import { LoadGenerator } from '../load-generator.ts';
import type { LoadOrder } from '../load-order.ts';
import { interleave, type Revisions, relative } from '../measure.ts';
import { type NeighbourCall, neighbourCalls, type Seeds } from '../neighbours.ts';
import { seedToken } from '../seed-order.ts';
import { addRecords } from '../seed-records.ts';

const neighbourConnections = 2;
/** How long the neighbour has been busy before the others are measured. */
const leadMs = 300;
/** About a tenth of what a gateway serves on two cores with nothing else to do. */
const perSecond = 200;
/** The accounts and keys that are added have higher ids. */
const base = 1000;
const manyKeys = 10_000;
const journalEntries = 20_000;
const eventBytes = 1024 * 1024;

/** A gateway with ordinary clients, and what its neighbour needs. */
interface Place {
  readonly subject: Subject;
  readonly seeds: Seeds;
}

/** What the neighbour repeats. */
interface Kind {
  readonly name: string;
  /**
   * Begins calls that go on for `ms`.
   * @returns a function that ends them and returns their number
   */
  begin(place: Place, ms: number): Promise<() => Promise<number>>;
}

/** The ordinary requests on one gateway; without a kind they are alone. */
interface Side {
  readonly place: Place;
  readonly kind?: Kind;
}

interface Measured {
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
  /** Calls of the neighbour in a second. */
  readonly calls: number;
}

/** Gives one account many keys and journal entries, and an access token. */
function enrich(path: string, accountId: number): void {
  const database = new DatabaseSync(path);
  const numbers = (count: number) =>
    `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${count})`;
  database.exec(`BEGIN IMMEDIATE;
    INSERT INTO keys (account_id, digest, sealed, hint, name, state, created_at, accessed_at, expires_at,
        remain_quota, unlimited_quota, model_limits_enabled, model_limits, allow_ips, group_name, cross_group_retry)
      ${numbers(manyKeys)}
      SELECT ${accountId}, randomblob(32), NULL, '', 'program ' || n, 'enabled', 0, 0, -1, 0, 1, 0, '', NULL, '', 0 FROM n;
    INSERT INTO journal (account_id, key_id, kind, units, reason, actor_id, created_at)
      ${numbers(journalEntries)} SELECT ${accountId}, 0, 'topup', 0, 'bench', 1, 0 FROM n;
    UPDATE accounts SET key_count = key_count + ${manyKeys} WHERE id = ${accountId};
    COMMIT;`);
  const token = database.prepare('UPDATE accounts SET access_token_digest = ? WHERE id = ?');
  token.run(digestOf(seedToken(accountId)), accountId);
  database.close();
}

async function furnish(bench: Bench, subject: Subject, socketPort: number): Promise<Place> {
  const { gateway } = subject;
  if (!gateway) throw new Error('only a gateway has neighbours');
  const accountId = base + 1;
  const path = join(gateway.dataDir, databaseFileName);
  addRecords(path, bench.quick ? 200_000 : 1_000_000, base);
  enrich(path, accountId);
  const [username, password] = ['neighbour', 'a long password of a neighbour'];
  await makeAccount(gateway, username, password);
  await makeSocketChannel(gateway, socketPort);
  const keyOfNeighbour = await makeKey(gateway);
  return { subject, seeds: { keyOfNeighbour, accountToken: seedToken(accountId), username, password } };
}

const httpKind = (load: LoadGenerator, { name, request }: NeighbourCall): Kind => ({
  name,
  async begin({ subject: { port }, seeds }, ms) {
    const report = load.run({
      port,
      connections: neighbourConnections,
      request: request(seeds),
      status: 200,
      mode: { kind: 'closed', ms },
    });
    // The one who ends the calls learns of a failure.
    report.catch(() => {});
    return async () => (await report).requests;
  },
});

const socketKind: Kind = {
  name: 'realtime events of 1 MiB',
  async begin({ subject: { port }, seeds }) {
    const file = fileURLToPath(new URL('../socket-neighbour.ts', import.meta.url));
    const address = `ws://127.0.0.1:${port}/v1/realtime?model=bench-realtime`;
    const args = [file, address, seeds.keyOfNeighbour, String(eventBytes)];
    const child = new Child('socket-neighbour.ts', args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await child.firstMessage();
    return async () => {
      const events = child.firstMessage();
      child.process.send('count');
      const sent = Number(await events);
      await child.stop();
      return sent;
    };
  },
};

async function measureSide(load: LoadGenerator, order: LoadOrder, { place, kind }: Side): Promise<Measured> {
  if (order.mode.kind !== 'open') throw new Error('ordinary requests do not wait for each other');
  const began = performance.now();
  const end = await kind?.begin(place, leadMs + order.mode.ms);
  await sleep(leadMs);
  const report = await load.run(order);
  const calls = (await end?.()) ?? 0;
  if (!report.latency) throw new Error('the load generator reported no latency');
  const seconds = (performance.now() - began) / 1000;
  return { ...report.latency, perSecond: (report.requests / report.ms) * 1000, calls: calls / seconds };
}

/** Returns the kinds whose calls succeed; the others are named on the error output. */
async function working(kinds: readonly Kind[], place: Place): Promise<readonly Kind[]> {
  const succeeding: Kind[] = [];
  for (const kind of kinds) {
    try {
      const end = await kind.begin(place, 1);
      await end();
      succeeding.push(kind);
    } catch (error) {
      process.exitCode = 1;
      process.stderr.write(`${kind.name}: ${error instanceof Error ? error.message : error}\n`);
    }
  }
  return succeeding;
}

function figuresOf(
  kind: Kind,
  measured: (side: Side) => readonly Measured[],
  sides: Revisions<Side>,
): readonly Figure[] {
  const of = (side: Side, part: keyof Measured) => median(measured(side).map((each) => each[part]));
  const { now, base, before } = sides;
  const calls = `${of(now, 'calls').toFixed(1)} calls a second`;
  const rate = `${of(now, 'perSecond').toFixed(0)} of ${of(base, 'perSecond').toFixed(0)} requests a second`;
  return (['p50', 'p99'] as const).map((part) => {
    const ms = (side: Side) => `${of(side, part).toFixed(1)} ms`;
    const earlier = before ? `before ${ms(before.now)}, ` : '';
    return {
      name: `${kind.name}: others' ${part}`,
      ...relative((side: Side) => measured(side).map((each) => each[part]), sides),
      unit: 'x',
      detail: `${ms(now)}, ${earlier}alone ${ms(base)}; ${rate}; ${calls}`,
    };
  });
}

async function neighbours(bench: Bench): Promise<Figure[]> {
  const sockets = await startServer('socket-upstream.ts', []);
  const load = await LoadGenerator.start();
  const here = await furnish(bench, await bench.startSubject(), sockets.port);
  const other = await bench.startBefore?.();
  const there = other && (await furnish(bench, other, sockets.port));
  const all = [...neighbourCalls.map((call) => httpKind(load, call)), socketKind];
  let kinds = all;
  for (const place of [here, there]) if (place) kinds = [...(await working(kinds, place))];

  const ms = bench.quick ? 1500 : 3000;
  const order = (of: Subject): LoadOrder => ({
    ...chatOrder(of, 'bench-json', 500, ms),
    mode: { kind: 'open', ms, perSecond, rests: true },
  });
  const alone: Side = { place: here };
  const aloneBefore: Side | undefined = there && { place: there };
  const rows = kinds.map((kind) => ({
    kind,
    now: { place: here, kind },
    base: alone,
    before: there && aloneBefore && { now: { place: there, kind }, base: aloneBefore },
  }));
  const sides = rows.flatMap(({ now, base, before }) => [
    now,
    base,
    ...(before ? Object.values(before) : []),
  ]);
  // A round has many sides. More than seven would take an hour.
  const rounds = there || !bench.quick ? Math.min(bench.rounds, 7) : 3;
  const measured = await interleave(rounds, sides, (side: Side) =>
    measureSide(bench.load, order(side.place.subject), side),
  );
  await Promise.all(
    [here.subject.child, there?.subject.child, sockets.child, load].map((each) => each?.stop()),
  );
  return rows.flatMap(({ kind, ...row }) => figuresOf(kind, measured, row));
}

export const neighboursScenario: Scenario = {
  name: 'neighbours',
  anyRelay: false,
  againstRevision: true,
  run: neighbours,
};
