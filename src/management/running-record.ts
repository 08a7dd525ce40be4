/** Counts running requests over the whole fleet, as the API shows them. */
import { z } from 'zod';
import { limits } from '../platform/limits.ts';
import type { NodeRunning } from '../revocation/running-requests.ts';
import type { RunningSubject } from '../store/coordination.ts';
import type { Services } from './services.ts';

export const runningSchema = z.object({
  running: z.int().describe('On all nodes that answered, sockets included.'),
  sockets: z.int().describe('Those of them that are open WebSockets.'),
  in_flight: z
    .enum(['abort', 'drain'])
    .describe('What becomes of them when their key is refused: they are ended, or they may finish.'),
  nodes: z.array(
    z.object({
      name: z.string(),
      node_id: z.string().describe('Empty when embedded.'),
      running: z.int().nullable().describe('`null` = the node did not answer in time.'),
    }),
  ),
});

/** @throws HalleyError('store_unavailable') when the nodes cannot be asked */
export async function runningRecord(
  services: Pick<Services, 'running' | 'settings'>,
  subject: RunningSubject,
): Promise<z.infer<typeof runningSchema>> {
  const answers = await Promise.all(parts(subject).map((part) => services.running(part)));
  const byNode = Map.groupBy(answers.flat(), ({ nodeId, name }) => `${nodeId} ${name}`);
  const nodes = [...byNode.values()].flatMap((ofNode) => {
    const [first] = ofNode;
    return first ? [{ name: first.name, node_id: first.nodeId, running: sumOf(ofNode, answers.length) }] : [];
  });
  const sockets = answers.flat().reduce((sum, { running }) => sum + (running?.sockets ?? 0), 0);
  const { in_flight } = services.settings.revocation;
  return { running: nodes.reduce((sum, node) => sum + (node.running ?? 0), 0), sockets, in_flight, nodes };
}

/** So few keys each that a question about them fits into a message. */
function parts(subject: RunningSubject): readonly RunningSubject[] {
  if ('accountId' in subject) return [subject];
  const { keyIds } = subject;
  const size = limits.running_keys_at_a_time;
  return Array.from({ length: Math.ceil(keyIds.length / size) }, (_, index) => {
    return { keyIds: keyIds.slice(index * size, (index + 1) * size) };
  });
}

/** @returns null when one of the answers is missing */
function sumOf(ofNode: readonly NodeRunning[], expected: number): number | null {
  const counts = ofNode.flatMap(({ running }) => running?.running ?? []);
  return counts.length < Math.max(expected, ofNode.length)
    ? null
    : counts.reduce((sum, count) => sum + count, 0);
}
