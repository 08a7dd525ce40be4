/**
 * Serves the model paths (`/v1`, `/v1beta`): routes a request to its operation and hands it to the relay, or lists
 * the models.
 */
import type { Access } from '../access/access.ts';
import type { InFlightRequest } from '../access/in-flight-requests.ts';
import type { CrossOrigin } from '../http/cross-origin.ts';
import type { Exchange } from '../http/exchange.ts';
import { sendJson, sendNoContent } from '../http/send.ts';
import { matchJob } from '../operations/jobs/routes.ts';
import { isMatched, matchOperation } from '../operations/match.ts';
import { isKnownElsewhere, notOfferedMessage } from '../operations/not-offered.ts';
import { matchStored } from '../operations/stored/routes.ts';
import { asHalleyError, HalleyError, isFault } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import type { ClientProtocol } from '../protocols/client/client-protocol.ts';
import { errorHeaders } from '../protocols/client/error-headers.ts';
import type { Jobs } from '../relay/jobs/jobs.ts';
import type { ObjectCalls } from '../relay/objects/object-calls.ts';
import type { Realtime } from '../relay/realtime/realtime.ts';
import type { Relay } from '../relay/relay.ts';
import type { Upstreams } from '../upstreams/upstreams.ts';
import { findCredential } from './credentials.ts';
import { renderModels } from './models.ts';
import { type ModelsRoute, matchModels, protocolOf } from './models-route.ts';
import { routeRealtime } from './realtime-route.ts';

export interface ModelApiOptions {
  readonly relay: Relay;
  readonly realtime: Realtime;
  readonly jobs: Pick<Jobs, 'handle' | 'handleOwn'>;
  readonly objectCalls: Pick<ObjectCalls, 'handle'>;
  readonly access: Access;
  readonly upstreams: Pick<Upstreams, 'models'>;
  /** Whether requests for a model may be charged, or are free. */
  readonly isPriced: (model: string) => boolean;
  readonly compat: 'none' | 'cometapi';
  /** Whether errors link their description in the documentation that the gateway serves. */
  readonly hasDocs: boolean;
  readonly log: Log;
  /** Undefined when pages of other origins may not send requests. */
  readonly crossOrigin: CrossOrigin | undefined;
  /** Whether the gateway is shutting down. */
  readonly draining: () => boolean;
}

/** Accepts a key in the query only for Gemini. On other paths, a link or form of any site could send one. */
function credentialOf({ req, query }: Exchange, { name }: ClientProtocol): string | undefined {
  return findCredential(req.headers, name === 'gemini' ? query : '');
}

/**
 * Handles an exchange on a model path: always responds, and never throws.
 * @param key the digest of the key to use, whatever the headers say; undefined = they present the key
 * @returns the request that runs now; undefined when there is none
 */
export type ModelApi = (exchange: Exchange, key?: Uint8Array) => InFlightRequest | undefined;

export function createModelApi(options: ModelApiOptions): ModelApi {
  const { relay, access, upstreams } = options;

  const listModels = async (exchange: Exchange, route: ModelsRoute) => {
    const { clientAddress, req, query } = exchange;
    const found = access.find(credentialOf(exchange, route.protocol), req.socket, clientAddress);
    await access.whenCurrent(found, ({ record }) => {
      access.check(record, { clientAddress, model: undefined });
      const offered = upstreams.models(record.groups);
      const allowed = offered.filter(({ id }) => (record.models?.has(id) ?? true) && options.isPriced(id));
      sendJson(exchange, 200, renderModels(route, allowed, query));
    });
  };

  const nameRequestId = ({ res }: Exchange, { requestIdHeader }: ClientProtocol) => {
    if (requestIdHeader !== undefined) res.alsoNameIdAs(requestIdHeader);
    if (options.compat === 'cometapi') res.alsoNameIdAs('x-cometapi-request-id');
  };

  const refuse = (exchange: Exchange, thrown: unknown) => {
    const error = asHalleyError(thrown);
    if (error.status >= 500) {
      const level = isFault(error) ? 'error' : 'info';
      options.log[level]({ id: exchange.id, code: error.code, error: error.log }, 'model request refused');
    }
    const protocol = protocolOf(exchange.path, exchange.req.headers, exchange.query);
    nameRequestId(exchange, protocol);
    const { status, body } = protocol.renderError(error, { requestId: exchange.id, compat: options.compat });
    sendJson(exchange, status, body, errorHeaders(error, options.hasDocs));
  };

  /** @returns undefined when the path is none of jobs */
  const routeJob = (exchange: Exchange, key?: Uint8Array): InFlightRequest | 'answered' | undefined => {
    const { req, path, query } = exchange;
    const credential = () => key ?? findCredential(req.headers, '');
    const own = options.jobs.handleOwn(exchange, credential);
    if (own) return own;
    const matched = matchJob(req.method ?? '', path, query);
    if (!matched) return undefined;
    if ('allow' in matched)
      throw new HalleyError('method_not_allowed', { headers: { allow: matched.allow } });
    return options.jobs.handle(exchange, matched, credential());
  };

  const route = (exchange: Exchange, key?: Uint8Array): InFlightRequest | Promise<void> | undefined => {
    const { req, path, query } = exchange;
    const { method = '' } = req;
    const preflight = method === 'OPTIONS' && options.crossOrigin?.preflightHeaders(req.headers);
    // Also while draining, and for unknown paths. Otherwise a page could not read the error.
    if (preflight) {
      sendNoContent(exchange, 204, preflight);
      return undefined;
    }
    if (options.draining()) throw new HalleyError('draining', { headers: { 'retry-after': '1' } });
    const keyOf = () => key ?? findCredential(req.headers, '');
    const realtime = routeRealtime(options.realtime, exchange, keyOf);
    if (realtime) return realtime;
    const operation = matchOperation(method, path, query);
    if (isMatched(operation)) {
      nameRequestId(exchange, operation.client);
      return relay(exchange, operation, key ?? credentialOf(exchange, operation.client));
    }
    const job = routeJob(exchange, key);
    if (job) return job === 'answered' ? undefined : job;
    const stored = typeof operation === 'object' ? undefined : matchStored(method, path);
    if (stored && 'call' in stored) return options.objectCalls.handle(exchange, stored, keyOf());
    if (stored) throw new HalleyError('method_not_allowed', { headers: stored });
    const models = matchModels(method, path, req.headers, query);
    if (typeof models === 'object' && 'protocol' in models) return listModels(exchange, models);
    const wrong = typeof operation === 'object' ? operation : models;
    if (wrong === 'not_found') {
      if (!isKnownElsewhere(path)) throw new HalleyError('path_not_found');
      const message = notOfferedMessage(path);
      throw new HalleyError('endpoint_not_offered', message === undefined ? {} : { message });
    }
    throw new HalleyError('method_not_allowed', { headers: { allow: wrong.allow } });
  };

  return (exchange, key) => {
    try {
      const begun = route(exchange, key);
      if (!(begun instanceof Promise)) return begun;
      begun.catch((thrown: unknown) => refuse(exchange, thrown));
    } catch (thrown) {
      refuse(exchange, thrown);
    }
    return undefined;
  };
}
