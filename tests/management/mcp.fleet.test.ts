/** The MCP server in a fleet, where the next request may come to another node, and where values are shown once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectMcp, dataOfTool } from './mcp-client.ts';
import { createKey, useRig } from './rig.ts';

const rig = useRig({
  settings: { mcp: { enabled: true }, keys: { reveal: 'once' } },
  fleet: { identity: { processId: 'one' }, leaseMs: 2000, listNodes: async () => [], logHead: async () => 0 },
});

test('in a fleet no client gets a session, and one that could ask its user confirms by a second call', async (t) => {
  const { id } = await createKey(rig);
  let asked = 0;
  const mcp = await connectMcp(t, rig, rig.rootToken, async () => {
    asked += 1;
    return { action: 'accept', content: { delete: true } };
  });
  assert.equal(mcp.transport.sessionId, undefined);
  const { deleted, confirmation } = dataOfTool(await mcp.tool('delete_key', { id }));
  assert.deepEqual([deleted, asked], [false, 0]);
  assert.equal(dataOfTool(await mcp.tool('delete_key', { id, confirmation })).deleted, true);
  assert.equal(await rig.store.findKeyById(id), undefined);
});

test('where values are shown once, create shows the value, and hints are the same as elsewhere', async (t) => {
  const mcp = await connectMcp(t, rig);
  const { key } = dataOfTool(await mcp.tool('create_key', { name: 'shown once' })) as {
    key: { id: number; key: string; revealable: boolean };
  };
  assert.match(key.key, /^sk-\w{48}$/);
  assert.equal(key.revealable, false);
  const { keys } = dataOfTool(await mcp.tool('list_keys')) as { keys: { id: number; hint: string }[] };
  assert.equal(keys.find(({ id }) => id === key.id)?.hint, `${key.key.slice(0, 7)}…${key.key.slice(-4)}`);
});
