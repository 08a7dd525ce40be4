/** The entry point of realtime sessions: one call for each socket, and one for each client secret. */
import type { PresentedKey } from '../../access/access.ts';
import type { InFlightRequest } from '../../access/in-flight-requests.ts';
import type { Exchange, SocketOffer } from '../../http/exchange.ts';
import { offeredProtocols } from '../../http/web-socket.ts';
import { HalleyError } from '../../platform/errors.ts';
import { readSession } from '../../protocols/realtime/session-fields.ts';
import { isClientSecret, openClientSecret } from './client-secrets.ts';
import { type MintOptions, mintClientSecret } from './mint.ts';
import { type AskedSession, RealtimeSession } from './session.ts';

export interface Realtime {
  /**
   * Takes over an offer to open a session.
   * @param model that the client names; undefined = its secret does
   * @throws HalleyError('model_missing'); `invalid_api_key` for a client secret that is none
   */
  open(exchange: Exchange, offer: SocketOffer, model: string | undefined, key: PresentedKey): InFlightRequest;
  /** Answers with a client secret. @throws HalleyError as a rejection */
  mint(exchange: Exchange, key: PresentedKey): Promise<void>;
}

/** What a client offers besides its key. */
const subprotocol = 'realtime';

export function createRealtime(options: MintOptions): Realtime {
  return {
    open(exchange, offer, named, key) {
      const isOffered = offeredProtocols(exchange.req.headers['sec-websocket-protocol']).includes(
        subprotocol,
      );
      const asked = { ...identify(options, named, key), subprotocol: isOffered ? subprotocol : undefined };
      const session = new RealtimeSession(options, exchange, offer, asked);
      void session.run();
      return session;
    },
    mint: (exchange, key) => mintClientSecret(options, exchange, key),
  };
}

function identify(
  options: MintOptions,
  named: string | undefined,
  key: PresentedKey,
): Pick<AskedSession, 'key' | 'model' | 'secret'> {
  const isSecret = typeof key === 'string' && isClientSecret(key);
  const opened = isSecret ? openClientSecret(options, key) : undefined;
  const ofSecret = opened?.config && readSession(opened.config).model;
  const model = named ?? ofSecret;
  if (model === undefined) throw new HalleyError('model_missing', { message: noModel, param: 'model' });
  if (ofSecret !== undefined && ofSecret !== model) {
    const message = 'The client secret was created for another model. Open the WebSocket with that one.';
    throw new HalleyError('invalid_value', { message, param: 'model' });
  }
  if (!opened) return { key, model, secret: undefined };
  const { keyId, digest, config, source } = opened;
  return { key: digest, model, secret: { keyId, config, source } };
}

const noModel = 'The session names no model. Add ?model= with a model id to the path.';
