/** The management API (`/api`), as one function over an exchange. */
import { sendJson } from '../http/answer.ts';
import { ClientGone } from '../http/body.ts';
import type { Exchange } from '../http/server.ts';
import { asHalleyError, HalleyError } from '../platform/errors.ts';
import { type Answer, failure } from './answer.ts';
import { endpoints } from './endpoints.ts';
import { openApiEndpoint } from './openapi/endpoint.ts';
import { ManagementRequest } from './request.ts';
import { findEndpoint } from './router.ts';
import { type ManagementDeps, makeServices, type Services } from './services.ts';

const served = [...endpoints, openApiEndpoint];

/** What goes with every answer: they hold key values, and what is true only now. */
const commonHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** The returned function answers every exchange, whatever goes wrong, and never rejects. */
export function createManagement(deps: ManagementDeps): (exchange: Exchange) => Promise<void> {
  const services = makeServices(deps);
  return async (exchange) => {
    const { status, body, headers } = await answerTo(services, exchange);
    sendJson(exchange, status, JSON.stringify(body), { ...commonHeaders, ...headers });
  };
}

async function answerTo(services: Services, exchange: Exchange): Promise<Answer> {
  try {
    if (services.draining()) throw new HalleyError('draining', { headers: { 'retry-after': '1' } });
    const request = new ManagementRequest(exchange);
    const { endpoint, id } = findEndpoint(served, request.method, request.rawPath);
    return await endpoint.run(services, request, id);
  } catch (thrown) {
    const error = asHalleyError(thrown);
    if (error.status >= 500 && error.code !== 'draining' && !(thrown instanceof ClientGone)) {
      const { code, log } = error;
      services.log.error({ request_id: exchange.id, path: exchange.path, code, error: log }, 'management');
    }
    return failure(error);
  }
}
