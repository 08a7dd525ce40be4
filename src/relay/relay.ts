/** The entry point of the relay: one call for each model request. */
import type { Exchange } from '../http/exchange.ts';
import type { Operation } from '../operations/operation.ts';
import { ModelRequest } from './model-request.ts';
import type { RelayOptions } from './relay-options.ts';
import { UnreadResponses } from './unread-response.ts';

/** Takes over an exchange whose operation is known. */
export type Relay = (exchange: Exchange, operation: Operation, credential: string | undefined) => void;

export function createRelay(options: RelayOptions): Relay {
  const shared = { ...options, unread: new UnreadResponses(options.access.unread) };
  return (exchange, operation, credential) => {
    void new ModelRequest(shared, exchange, operation).run(credential);
  };
}
