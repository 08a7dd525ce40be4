import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quickFiles } from './quick-files.ts';

test('quick tests are those that start neither a process nor a database server', () => {
  const quick = quickFiles();
  for (const path of [
    'src/protocols/client/request-bound.test.ts',
    'src/domain/ip-list.test.ts',
    'tests/http/bodies.test.ts',
  ])
    assert.ok(quick.includes(path), `${path} is quick`);
  for (const path of [
    'src/store/contract.test.ts',
    'src/store/postgres/coordination.test.ts',
    'tests/relay/charging.test.ts',
    'tests/on-postgres/relay.test.ts',
    'tests/support/postgres.test.ts',
    'tests/sim/simulation.test.ts',
    'tests/sim/model.test.ts',
    'tests/support/browser.test.ts',
  ])
    assert.ok(!quick.includes(path), `${path} is slow`);
});
