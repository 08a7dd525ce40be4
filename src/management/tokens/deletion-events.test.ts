import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../platform/clock.ts';
import type { Member } from '../../revocation/barriers.ts';
import { type DeletionEvent, DeletionEvents } from './deletion-events.ts';

const member = (incarnation: number, by?: Member['by']): Member => {
  const name = `node ${incarnation}`;
  return { incarnation, nodeId: name, processId: name, name, version: '', by };
};
const commitOf = (keyId: number) => [{ change: { kind: 'key', keyId, digest: new Uint8Array(32) } } as const];

async function linesOf(events: DeletionEvents): Promise<readonly DeletionEvent[]> {
  const lines: DeletionEvent[] = [];
  for await (const line of events.lines()) lines.push(JSON.parse(line) as DeletionEvent);
  return lines;
}

test('with keys of two accounts a node counts as confirmed only once it has confirmed both commits', async () => {
  const events = new DeletionEvents(new ManualClock(), 'abort');
  const [first, second] = [events.ofCommit(), events.ofCommit()];
  first.committed?.(commitOf(1));
  first.progress?.({ members: [member(1, 'acknowledged'), member(2)], leaseLeftMs: 900 });
  second.committed?.(commitOf(2));
  // Node 2 confirms the first commit. Nothing is known of the second one yet.
  first.progress?.({ members: [member(1, 'acknowledged'), member(2, 'acknowledged')], leaseLeftMs: 800 });
  second.progress?.({ members: [member(1), member(2)], leaseLeftMs: 950 });
  second.progress?.({ members: [member(1), member(2, 'acknowledged')], leaseLeftMs: 850 });
  second.progress?.({ members: [member(1, 'lease_over'), member(2, 'acknowledged')], leaseLeftMs: 0 });
  events.done({ ids: [1, 2], receipt: null });
  const told = (await linesOf(events)).map((event) => {
    if (event.event === 'node') return `${event.name} ${event.way} ${event.confirmed}/${event.nodes}`;
    return event.event === 'waiting' ? `${event.silent.join()} ${event.lease_left_ms}` : event.event;
  });
  assert.deepEqual(told, [
    'committed',
    'node 1 acknowledged 1/2',
    'node 2 900',
    'committed',
    'node 1,node 2 950',
    'node 2 acknowledged 1/2',
    'node 1 850',
    'node 1 lease_over 2/2',
    'done',
  ]);
});
