/** Routes the paths of the realtime API. */
import type { PresentedKey } from '../access/access.ts';
import type { InFlightRequest } from '../access/in-flight-requests.ts';
import type { Exchange } from '../http/exchange.ts';
import { clientSecretsPath, modelOfSession, realtimePath, refusePassingBy } from '../operations/realtime.ts';
import { HalleyError } from '../platform/errors.ts';
import type { Realtime } from '../relay/realtime/realtime.ts';

/**
 * @param key called when the path takes one
 * @returns what begins; undefined = the path is no other than those
 * @throws HalleyError, also as a rejection
 */
export function routeRealtime(
  realtime: Realtime,
  exchange: Exchange,
  key: () => PresentedKey,
): InFlightRequest | Promise<void> | undefined {
  const { req, path, query, offer } = exchange;
  if (path === clientSecretsPath) {
    if (req.method === 'POST') return realtime.mint(exchange, key());
    throw new HalleyError('method_not_allowed', { headers: { allow: 'POST' } });
  }
  if (path !== realtimePath) {
    refusePassingBy(path);
    return undefined;
  }
  if (offer) return realtime.open(exchange, offer, modelOfSession(query), key());
  const message = 'This path is a WebSocket. Connect to it with ws: or wss:.';
  throw new HalleyError('upgrade_not_offered', { message, headers: { upgrade: 'websocket' } });
}
