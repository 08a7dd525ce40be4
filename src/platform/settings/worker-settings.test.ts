import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveSettings } from './load.ts';
import { settingsOfWorker, workersOf } from './worker-settings.ts';

const load = (env: Readonly<Record<string, string>>) => resolveSettings({ env }).settings;
const url = { HALLEY_DATABASE_URL: 'postgres://halley@db.example/halley' };

test('auto is one worker for each core with PostgreSQL, and one with SQLite', () => {
  assert.equal(workersOf(load({}), 8), 1);
  assert.equal(workersOf(load({ HALLEY_SERVER_WORKERS: 'auto' }), 8), 1);
  assert.equal(workersOf(load({ HALLEY_SERVER_WORKERS: 'auto', ...url }), 8), 8);
  assert.equal(workersOf(load({ HALLEY_SERVER_WORKERS: '3', ...url }), 8), 3);
});

test('a number of workers is refused without a shared database, and so is what is no number', () => {
  assert.throws(() => load({ HALLEY_SERVER_WORKERS: '2' }), /HALLEY_SERVER_WORKERS is 2, but database\.url/);
  assert.throws(
    () => load({ HALLEY_SERVER_WORKERS: 'all', ...url }),
    /a whole number from 1 to 64, or `auto`/,
  );
});

test('a worker has its share of the memory and disk space of the machine, and room for the largest body', () => {
  const settings = load({ HALLEY_SERVER_WORKERS: '4', HALLEY_FLEET_NODE_NAME: 'a', ...url });
  const { http, fleet } = settingsOfWorker(settings, 3);
  assert.equal(http.bodies_bytes_max, settings.http.bodies_bytes_max / 4);
  assert.equal(http.uploads_bytes_max, settings.http.uploads_bytes_max / 4);
  assert.equal(http.connections_max, settings.http.connections_max / 4);
  assert.equal(fleet.node_name, 'a/3');
  const many = load({ HALLEY_SERVER_WORKERS: '64', ...url });
  assert.equal(settingsOfWorker(many, 1).http.bodies_bytes_max, many.http.body_bytes_max);
});

test('a single worker has all of it, and its node the name of the machine', () => {
  const settings = load({ HALLEY_FLEET_NODE_NAME: 'a' });
  assert.deepEqual(settingsOfWorker(settings, 1), settings);
});
