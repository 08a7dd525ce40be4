/** The management API (`/api`), as one function over an exchange. */

import type { Origin } from '../domain/audit.ts';
import { ClientGone } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';
import { sendBuiltFile } from '../http/files/send-built-file.ts';
import { sendJson } from '../http/send.ts';
import { sendStream } from '../http/stream.ts';
import { asHalleyError, HalleyError, isFault } from '../platform/errors.ts';
import type { RevocationListener } from '../revocation/access-revocation.ts';
import type { Confirmation } from '../revocation/barriers.ts';
import { countRevocations } from './counted-revocations.ts';
import type { Endpoint } from './endpoint.ts';
import { endpoints } from './endpoints.ts';
import { openApiEndpoint } from './openapi/endpoint.ts';
import { anonymousOrigin } from './origin.ts';
import { ManagementRequest } from './request.ts';
import { failure, type JsonResponse, type ManagementResponse } from './response.ts';
import { findEndpoint } from './router.ts';
import { type Acting, type ManagementDeps, makeServices } from './services.ts';

const served: readonly Endpoint[] = [...endpoints, openApiEndpoint];

const mcpPath = '/mcp';

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
  const servedAt = createServed(services, async (request) => {
    try {
      return await respondTo(services, served, request);
    } catch (thrown) {
      return failureOf(services, request, thrown);
    }
  });
  return async (exchange) => {
    const request = new ManagementRequest(exchange);
    try {
      await send(services, exchange, await respondTo(services, await servedAt(request.rawPath), request));
    } catch (thrown) {
      await send(services, exchange, failureOf(services, request, thrown));
    }
  };
}

/** @param answer responds to a request of a tool */
function createServed(
  { clock, settings }: Fixed,
  answer: (request: ManagementRequest) => Promise<ManagementResponse>,
): (path: string) => Promise<readonly Endpoint[]> | readonly Endpoint[] {
  let ofMcp: Promise<readonly Endpoint[]> | undefined;
  return (path) => {
    if (path !== mcpPath || !settings.mcp.enabled) return served;
    // Only those wait for the SDK, and hold it in memory, who use it.
    ofMcp ??= import('./mcp/endpoints.ts').then(({ mcpEndpoints }) => mcpEndpoints(clock, answer));
    return ofMcp;
  };
}

type Fixed = ReturnType<typeof makeServices>;

async function send(services: Fixed, exchange: Exchange, answer: ManagementResponse): Promise<void> {
  if ('handedOver' in answer) return;
  if ('file' in answer) {
    sendBuiltFile(exchange, answer.file);
    return;
  }
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

async function respondTo(
  services: Fixed,
  among: readonly Endpoint[],
  request: ManagementRequest,
): Promise<ManagementResponse> {
  if (services.draining()) throw new HalleyError('draining', { headers: { 'retry-after': '1' } });
  const { endpoint, id } = findEndpoint(among, request.method, request.rawPath);
  let confirmation: Confirmation | undefined;
  const acting = (origin: Origin): Acting => {
    const watched = (listener: RevocationListener) =>
      countRevocations(services.revocation(origin, listener), services.counts);
    const confirmed = (reported: Confirmation) => {
      confirmation = reported;
    };
    return { changes: services.store.by(origin), accessChanges: watched({ confirmed }), watched };
  };
  const answer = await endpoint.run(
    {
      ...services,
      ...acting(anonymousOrigin(request)),
      acting,
      reads: services.readsOf(request.network, request),
    },
    request,
    id,
  );
  if (!confirmation || 'handedOver' in answer) return answer;
  return { ...answer, headers: { ...answer.headers, 'x-halley-revocation': shown(confirmation) } };
}

/** Describes a change's confirmation: nodes waited for, unresponsive nodes, milliseconds. */
function shown({ nodes, unresponsive, waitedMs }: Confirmation): string {
  return `nodes=${nodes}; silent=${unresponsive}; waited_ms=${Math.ceil(waitedMs)}`;
}

function failureOf(services: Fixed, request: ManagementRequest, thrown: unknown): JsonResponse {
  const error = asHalleyError(thrown);
  if (error.status >= 500 && !(thrown instanceof ClientGone)) {
    const { code, log } = error;
    const level = isFault(error) ? 'error' : 'info';
    services.log[level](
      { request_id: request.requestId, path: request.rawPath, code, error: log },
      'management',
    );
  }
  return failure(error, services.settings.docs.enabled);
}
