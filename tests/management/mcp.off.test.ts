/** The MCP server where it was not switched on: nothing of it is there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf, useRig } from './rig.ts';

const rig = useRig();

test('unless it is switched on, /mcp is a path like any other that does not exist', async () => {
  for (const method of ['POST', 'GET', 'DELETE']) {
    const reply = await rig.call(method, '/mcp', { body: {} });
    refusalOf(reply, 404);
    assert.deepEqual(reply.json, (await rig.call(method, '/no-such-path', { body: {} })).json, method);
  }
});
