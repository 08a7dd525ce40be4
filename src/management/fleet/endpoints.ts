/** `/api/fleet`: lists the nodes and the health of each. */
import { hostname } from 'node:os';
import { z } from 'zod';
import type { NodeRow } from '../../store/coordination.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { success } from '../response.ts';
import { nowSeconds, type Services } from '../services.ts';
import type { ClusterPort } from './port.ts';

const nodeSchema = z.object({
  name: z.string().describe('The setting `fleet.node_name`, or the name of the machine.'),
  node_id: z
    .string()
    .describe("Of the node's data directory: the same after a restart. Empty when embedded."),
  version: z.string(),
  incarnation: z.int().describe('Unique for each registration; 0 when embedded.'),
  state: z
    .enum(['well', 'behind', 'silent'])
    .describe(
      '`silent`: not heard of for longer than a lease, so it serves nothing; `behind`: alive, with changes that it has not acknowledged yet, as for a moment after each.',
    ),
  lease_age_ms: z
    .int()
    .describe('Time since its last lease renewal by the clock of the database; 0 when embedded.'),
  acknowledged: z.int().describe('The last change that it has applied.'),
  log_lag: z.int().describe('Changes that it has not acknowledged yet.'),
  started_at: z.int().describe('Seconds since 1970.'),
  answered: z.boolean().describe('Whether it is the node that responds to this call.'),
});

const fleetSchema = z.object({
  mode: z
    .enum(['embedded', 'fleet'])
    .describe('`embedded`: one gateway on a database of its own; `fleet`: nodes that share one.'),
  lease_ms: z.int().describe('Setting of the node that responds; 0 when embedded.'),
  log_head: z.int().describe('Sequence of the last change in the coordination log; 0 when embedded.'),
  nodes: z.array(nodeSchema).describe('The registered nodes, oldest registration first.'),
});

type Node = z.infer<typeof nodeSchema>;
type Fleet = z.infer<typeof fleetSchema>;

export const fleetEndpoint: Endpoint = accountEndpoint({
  method: 'GET',
  path: '/api/fleet',
  access: 'admin',
  summary: 'List the nodes of the fleet',
  description: 'Any node can list all nodes. A node that has left or was expelled is not listed.',
  data: fleetSchema,
  async handle({ services }) {
    return success(await fleetState(services));
  },
});

/** The nodes that are registered, with the state of each. */
export async function fleetState(services: Services): Promise<Fleet> {
  const { fleet } = services;
  return fleet ? await fleetOf(services, fleet) : embedded(services);
}

async function fleetOf(services: Services, fleet: ClusterPort): Promise<Fleet> {
  // Read the head first: a change committed between the two reads must not show as a lag.
  const head = await fleet.logHead();
  const rows = await fleet.listNodes();
  return {
    mode: 'fleet',
    lease_ms: fleet.leaseMs,
    log_head: head,
    nodes: rows.map((row) => nodeOf(row, head, services, fleet)),
  };
}

function nodeOf(row: NodeRow, head: number, services: Services, { leaseMs, identity }: ClusterPort): Node {
  const lag = Math.max(0, head - row.acked);
  return {
    name: row.name,
    node_id: row.nodeId,
    version: row.version,
    incarnation: row.incarnation,
    state: row.renewedMsAgo > leaseMs ? 'silent' : lag > 0 ? 'behind' : 'well',
    lease_age_ms: Math.max(0, Math.round(row.renewedMsAgo)),
    acknowledged: row.acked,
    log_lag: lag,
    started_at: nowSeconds(services) - Math.round(row.startedMsAgo / 1000),
    answered: row.processId === identity.processId,
  };
}

function embedded(services: Services): Fleet {
  const { clock, startedAt, version } = services;
  const node: Node = {
    name: hostname(),
    node_id: '',
    version,
    incarnation: 0,
    state: 'well',
    lease_age_ms: 0,
    acknowledged: 0,
    log_lag: 0,
    started_at: nowSeconds(services) - Math.round((clock.monotonic() - startedAt) / 1000),
    answered: true,
  };
  return { mode: 'embedded', lease_ms: 0, log_head: 0, nodes: [node] };
}
