import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupsOfAccount, mayUseGroup } from './groups.ts';

test('an account may use its own group, the selectable ones and auto; nothing else', () => {
  assert.deepEqual(groupsOfAccount('team', ['default', 'team']), ['team', 'default']);
  for (const group of ['', 'auto', 'team', 'default']) {
    assert.equal(mayUseGroup(group, 'team', ['default']), true);
  }
  for (const group of ['vip', 'Team', 'team ']) assert.equal(mayUseGroup(group, 'team', ['default']), false);
  assert.equal(mayUseGroup('default', 'team', []), false);
});
