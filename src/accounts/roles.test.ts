import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HalleyError } from '../platform/errors.ts';
import { type Role, roles } from '../store/store.ts';
import { requireAdmin, requireManages, requireMayGive, requireNotRoot } from './roles.ts';

const all: readonly Role[] = [roles.user, roles.admin, roles.root];

function allows(check: () => void): boolean {
  try {
    check();
    return true;
  } catch (error) {
    assert.ok(error instanceof HalleyError && error.code === 'forbidden');
    return false;
  }
}

test('only higher roles manage an account, and root manages itself', () => {
  for (const actor of all) {
    for (const target of all) {
      const other = allows(() => requireManages({ id: 1, role: actor }, { id: 2, role: target }));
      assert.equal(other, actor > target);
      assert.equal(
        allows(() => requireMayGive({ id: 1, role: actor }, target)),
        actor > target,
      );
    }
    const itself = allows(() => requireManages({ id: 1, role: actor }, { id: 1, role: actor }));
    assert.equal(itself, actor === roles.root);
    assert.equal(
      allows(() => requireAdmin({ id: 1, role: actor })),
      actor >= roles.admin,
    );
    assert.equal(
      allows(() => requireNotRoot({ id: 1, role: actor })),
      actor !== roles.root,
    );
  }
});
