/** The entry point of the relay: one call for each model request. */
import type { PresentedKey } from '../access/access.ts';
import type { InFlightRequest } from '../access/in-flight-requests.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Operation } from '../operations/operation.ts';
import { ModelRequest } from './model-request.ts';
import type { RelayOptions } from './relay-options.ts';
import { UnreadResponses } from './unread-response.ts';

/**
 * Takes over an exchange whose operation is known. A request that presents a digest comes from the playground, and its
 * record says so.
 */
export type Relay = (exchange: Exchange, operation: Operation, key: PresentedKey) => InFlightRequest;

export function createRelay(options: RelayOptions): Relay {
  const shared = { ...options, unread: new UnreadResponses(options.access.unread) };
  return (exchange, operation, key) => {
    const source = key instanceof Uint8Array ? 'playground' : '';
    const request = new ModelRequest(shared, exchange, operation, source);
    void request.run(key);
    return request;
  };
}
