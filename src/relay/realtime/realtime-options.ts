/** What sessions are served with. */
import type { Access } from '../../access/access.ts';
import type { TraceRequests } from '../../observe/request-trace.ts';
import type { RouteOptions } from '../route.ts';
import type { ChargeOptions } from './charge.ts';

export interface RealtimeOptions extends ChargeOptions, RouteOptions {
  readonly access: Access;
  /** Undefined = nothing is traced. */
  readonly trace: TraceRequests | undefined;
  readonly compat: 'none' | 'cometapi';
  /** Whether errors link their description in the documentation that the gateway serves. */
  readonly hasDocs: boolean;
  /** Whether the end of a response waits until its record is durable, and how long, in milliseconds. */
  readonly waitsForRecord: boolean;
  readonly recordMs: number;
  /** How long a client may read nothing while bytes wait for it, in milliseconds. */
  readonly slowClientMs: number;
  /** Interval of pings in milliseconds. An end that shows no sign of life in one is gone. */
  readonly pingMs: number;
  /** How long a session may have no event, in milliseconds. */
  readonly idleMs: number;
  /** How long the upstream may take to report what ran when a session ends, in milliseconds. */
  readonly settleMs: number;
}
