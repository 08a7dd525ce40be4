import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { version } from '../../src/platform/version.ts';
import { onlyOn } from '../support/engine.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { shareTestPostgres } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres-database.ts';
import { halley, type Outcome } from './halley.ts';

type Ending = { after(run: () => Promise<void>): void };
type Node = Readonly<Record<string, unknown>>;

const status = (gateway: Gateway, ...args: string[]): Promise<Outcome> =>
  halley(['fleet', 'status', ...args], { HALLEY_URL: gateway.url, HALLEY_TOKEN: gateway.token });

async function startNodes(t: Ending) {
  const url = await freshDatabase();
  const start = async (name: string, token?: string) => {
    const gateway = await startGateway({
      env: {
        HALLEY_DATABASE_URL: url,
        HALLEY_FLEET_NODE_NAME: name,
        HALLEY_FLEET_LEASE_MS: '3000',
        HALLEY_SERVER_SECRET: '5'.repeat(64),
        ...(token !== undefined && { HALLEY_BOOTSTRAP_TOKEN: token }),
      },
    });
    t.after(() => gateway.stop());
    return gateway;
  };
  const one = await start('node-1');
  const two = await start('node-2', one.token);
  const query = async (sql: string) => (await shareTestPostgres()).query(url, sql);
  /** Registers a node without a process. */
  const addNode = (name: string, acked: string, renewed: string) =>
    query(`INSERT INTO nodes (incarnation, process_id, node_id, name, version, state, acked, started_at,
      renewed_at, changed_at) SELECT nextval('incarnations'), '${name}', '${name}', '${name}', '0.0.1', 'active',
      ${acked}, now(), now() + ${renewed}, now() FROM revocation_clock`);
  return { one, two, query, addNode };
}

test('any node lists all nodes; exit code 0 when all are well', async (t) => {
  const { one, two } = await startNodes(t);
  const { id } = await one.createKey();
  await one.call('DELETE', `/api/token/${id}`);
  for (const gateway of [one, two]) {
    const { code, stdout, stderr } = await status(gateway, '--json');
    assert.equal(code, exitCodes.ok, stderr);
    const fleet = JSON.parse(stdout) as { mode: string; lease_ms: number; log_head: number; nodes: Node[] };
    assert.deepEqual([fleet.mode, fleet.lease_ms], ['fleet', 3000]);
    assert.ok(fleet.log_head > 0);
    assert.deepEqual(
      fleet.nodes.map(({ name, state, version, log_lag }) => [name, state, version, log_lag]),
      ['node-1', 'node-2'].map((name) => [name, 'well', version, 0]),
    );
    const answered = fleet.nodes.filter(({ answered }) => answered === true).map(({ name }) => name);
    assert.deepEqual(answered, [gateway === one ? 'node-1' : 'node-2']);
    assert.notEqual(fleet.nodes[0]?.node_id, fleet.nodes[1]?.node_id);
    for (const node of nonEmpty(fleet.nodes)) assert.ok(Number(node.lease_age_ms) < 3000);
  }
  const { stdout } = await status(two);
  const rows = stdout.split('\n').map((line) => line.split('\t'));
  assert.deepEqual(rows[1]?.slice(0, 3), ['node-1', 'well', version]);
  assert.deepEqual(rows[2]?.slice(0, 3), ['node-2 *', 'well', version]);
});

test('names a silent node and one that does not apply changes, with exit code 1', async (t) => {
  const { one, query, addNode } = await startNodes(t);
  await one.createKey();
  await addNode('gone', 'seq', "interval '-1 minute'");
  const silent = await status(one);
  assert.equal(silent.code, exitCodes.failure);
  assert.match(silent.stdout, /^gone\tsilent\t0\.0\.1\t/m);
  assert.match(silent.stderr, /gone has been silent for 6\d\.\d s/);
  assert.match(silent.stderr, /run 2 versions/);

  await query("UPDATE nodes SET state = 'left' WHERE name = 'gone'");
  await addNode('hangs', '0', "interval '1 hour'");
  const stuck = await status(one);
  assert.equal(stuck.code, exitCodes.failure);
  assert.match(stuck.stdout, /^hangs\tstuck\t/m);
  assert.match(stuck.stderr, /hangs has not applied/);

  await query("UPDATE nodes SET state = 'left' WHERE name = 'hangs'");
  assert.equal((await status(one)).code, exitCodes.ok);
});

test('only administrators see the nodes', async (t) => {
  const gateway = await startGateway();
  t.after(() => gateway.stop());
  const body = { username: 'someone', password: 'long-enough-1' };
  assert.equal((await gateway.call('POST', '/api/user/', { body })).json?.success, true);
  const login = await gateway.call('POST', '/api/user/login', { body, token: undefined });
  const cookie = String(login.headers.get('set-cookie')).split(';')[0] ?? '';
  const asked = await gateway.call('GET', '/api/fleet', { token: undefined, headers: { cookie } });
  assert.equal(asked.status, 403);
});

test(
  'a gateway with a database of its own lists only itself',
  onlyOn('sqlite', 'there every gateway is a node'),
  async (t) => {
    const gateway = await startGateway();
    t.after(() => gateway.stop());
    const { code, stdout, stderr } = await status(gateway);
    assert.equal(code, exitCodes.ok);
    assert.match(stderr, /there is no fleet/);
    assert.equal(stdout.trimEnd().split('\n').length, 2);
    const { nodes, mode } = JSON.parse((await status(gateway, '--json')).stdout) as {
      nodes: Node[];
      mode: string;
    };
    assert.equal(mode, 'embedded');
    assert.deepEqual(
      nodes.map(({ state, version, answered }) => [state, version, answered]),
      [['well', version, true]],
    );
  },
);

test('a session ended through one node is refused by the other, and the time of a deletion is listed', async (t) => {
  const { one, two } = await startNodes(t);
  const password = 'a password of some length';
  await one.call('PUT', '/api/user/self', { body: { password } });
  const signIn = async () => {
    const answer = await fetch(`${one.url}/api/user/login`, {
      method: 'POST',
      body: JSON.stringify({ username: 'root', password }),
      headers: { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0) Firefox/140.0' },
    });
    return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
  };
  const opens = async (cookie: string) =>
    (await fetch(`${one.url}/api/user/self`, { headers: { cookie } })).status;
  const cookies = [await signIn(), await signIn(), await signIn()] as const;
  for (const cookie of nonEmpty(cookies)) assert.equal(await opens(cookie), 200);
  const atTwo = (...args: string[]) => halley(args, { HALLEY_URL: two.url, HALLEY_TOKEN: one.token });
  const listed = await atTwo('sessions', 'list', '--json');
  const sessions = JSON.parse(listed.stdout) as readonly { id: string; browser: string; system: string }[];
  assert.deepEqual(
    sessions.map(({ browser, system }) => [browser, system]),
    Array.from({ length: 3 }, () => ['Firefox', 'Windows']),
  );
  assert.equal((await atTwo('sessions', 'end', sessions[0]?.id ?? '')).stdout, 'One session has ended.\n');
  const statuses = await Promise.all(cookies.map(opens));
  assert.deepEqual(statuses.toSorted(), [200, 200, 401]);
  assert.equal((await atTwo('sessions', 'end', sessions[0]?.id ?? '')).code, exitCodes.notFound);
  assert.equal((await atTwo('sessions', 'end')).code, exitCodes.usage);
  assert.equal((await atTwo('sessions', 'end', '--all')).stdout, '2 sessions have ended.\n');
  for (const cookie of nonEmpty(cookies)) assert.equal(await opens(cookie), 401);

  const { id } = await one.createKey();
  await two.call('DELETE', `/api/token/${id}`, { token: one.token });
  const { stdout } = await atTwo('fleet', 'revocations', '--json');
  const [last] = JSON.parse(stdout) as readonly Node[];
  assert.deepEqual(
    [last?.action, last?.subjects, last?.confirmed, last?.nodes, last?.silent],
    ['keys_deleted', 1, true, 1, 0],
  );
  assert.ok(Number(last?.took_ms) > 0);
});
