/** The management API (`/api`), as one function over an exchange. */

import { ClientGone } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';
import { sendJson } from '../http/send.ts';
import { sendStream } from '../http/stream.ts';
import { asHalleyError, HalleyError, isFault } from '../platform/errors.ts';
import type { Confirmation } from '../revocation/barriers.ts';
import { countRevocations } from './counted-revocations.ts';
import { endpoints } from './endpoints.ts';
import { openApiEndpoint } from './openapi/endpoint.ts';
import { ManagementRequest } from './request.ts';
import { failure, type JsonResponse, type ManagementResponse } from './response.ts';
import { findEndpoint } from './router.ts';
import { type ManagementDeps, makeServices, type Services } from './services.ts';

const served = [...endpoints, openApiEndpoint];

/**
 * Headers of every response. Responses hold key values and state that is valid only now, so they must not be
 * cached.
 */
const commonHeaders = { 'cache-control': 'no-store' };

/** Management paths outside `/api`: clients of other services query balances there. */
const otherPaths: ReadonlySet<string> = new Set(
  endpoints.flatMap(({ path }) => (path.startsWith('/api/') ? [] : [path, `${path}/`])),
);

/** Whether management serves the path, although it may look like one of the model API. */
export function isManagementPath(path: string): boolean {
  return path === '/api' || path.startsWith('/api/') || otherPaths.has(path);
}

/** The returned function responds to every exchange, whatever fails, and never rejects. */
export function createManagement(deps: ManagementDeps): (exchange: Exchange) => Promise<void> {
  const services = makeServices(deps);
  return async (exchange) => {
    try {
      await send(services, exchange, await respondTo(services, exchange));
    } catch (thrown) {
      await send(services, exchange, failureOf(services, exchange, thrown));
    }
  };
}

async function send(services: Services, exchange: Exchange, answer: ManagementResponse): Promise<void> {
  const { status } = answer;
  const headers = { ...commonHeaders, ...answer.headers };
  if ('body' in answer) {
    sendJson(exchange, status, JSON.stringify(answer.body), headers);
    return;
  }
  const { contentType, stream } = answer;
  const { clock, settings } = services;
  const options = { clock, slowClientMs: settings.http.slow_client_ms };
  await sendStream(exchange, { status, contentType, pieces: stream, headers }, options);
}

async function respondTo(services: Services, exchange: Exchange): Promise<ManagementResponse> {
  if (services.draining()) throw new HalleyError('draining', { headers: { 'retry-after': '1' } });
  const request = new ManagementRequest(exchange);
  const { endpoint, id } = findEndpoint(served, request.method, request.rawPath);
  let confirmation: Confirmation | undefined;
  const reporting = services.revocation.reporting((reported) => {
    confirmation = reported;
  });
  const accessChanges = countRevocations(reporting, services.counts);
  const answer = await endpoint.run({ ...services, accessChanges }, request, id);
  if (!confirmation) return answer;
  return { ...answer, headers: { ...answer.headers, 'x-halley-revocation': shown(confirmation) } };
}

/** Describes a change's confirmation: nodes waited for, unresponsive nodes, milliseconds. */
function shown({ nodes, unresponsive, waitedMs }: Confirmation): string {
  return `nodes=${nodes}; silent=${unresponsive}; waited_ms=${Math.ceil(waitedMs)}`;
}

function failureOf(services: Services, exchange: Exchange, thrown: unknown): JsonResponse {
  const error = asHalleyError(thrown);
  if (error.status >= 500 && !(thrown instanceof ClientGone)) {
    const { code, log } = error;
    const level = isFault(error) ? 'error' : 'info';
    services.log[level]({ request_id: exchange.id, path: exchange.path, code, error: log }, 'management');
  }
  return failure(error);
}
