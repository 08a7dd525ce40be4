/** Describes the health and metrics paths in the OpenAPI document. */
import type { healthPaths } from '../../http/health-paths.ts';

type Json = Readonly<Record<string, unknown>>;

const status = { 'application/json': { schema: { type: 'object', required: ['status'] } } };
const text = { 'text/plain': { schema: { type: 'string' } } };
const failure = { 'application/json': { schema: { $ref: '#/components/schemas/Failure' } } };

const described: Readonly<Record<(typeof healthPaths)[number], Json>> = {
  '/healthz': {
    summary: 'Whether the process is alive',
    security: [],
    responses: { 200: { description: 'It is.', content: status } },
  },
  '/readyz': {
    summary: 'Whether requests should be sent here',
    security: [],
    responses: {
      200: { description: 'They should.', content: status },
      503: { description: 'They should not be: `status` says why.', content: status },
    },
  },
  '/metrics': {
    summary: 'Metrics in the format of Prometheus',
    description: 'For administrators; for everyone on a listener of its own (`metrics.listen`).',
    security: [{ accessToken: [] }],
    responses: {
      200: { description: 'All metrics of the node that responds.', content: text },
      default: { description: 'Not allowed.', content: failure },
    },
  },
};

/** @returns path items of an OpenAPI document */
export function describeHealthPaths(): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(described).map(([path, item]) => [path, { get: { tags: ['operations'], ...item } }]),
  );
}
