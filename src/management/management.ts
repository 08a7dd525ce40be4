/** The management API (`/api`), as one function over a request and its response. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { asHalleyError } from '../platform/errors.ts';
import { type Answer, failure, sendAnswer } from './answer.ts';
import { endpoints } from './endpoints.ts';
import { openApiEndpoint } from './openapi/endpoint.ts';
import { ManagementRequest, type RequestContext } from './request.ts';
import { findEndpoint } from './router.ts';
import { type ManagementDeps, makeServices, type Services } from './services.ts';

export type ManagementHandler = (
  req: IncomingMessage,
  res: ServerResponse,
  context: RequestContext,
) => Promise<void>;

const served = [...endpoints, openApiEndpoint];

/** The returned function answers every request, whatever goes wrong, and never rejects. */
export function createManagement(deps: ManagementDeps): ManagementHandler {
  const services = makeServices(deps);
  return async (req, res, context) => {
    // A client that goes while it is answered is no fault of anybody's.
    res.on('error', () => undefined);
    const request = new ManagementRequest(req, context);
    sendAnswer(res, await answerOf(services, request));
  };
}

async function answerOf(services: Services, request: ManagementRequest): Promise<Answer> {
  try {
    const { endpoint, id } = findEndpoint(served, request.method, request.rawPath);
    return await endpoint.run(services, request, id);
  } catch (thrown) {
    const error = asHalleyError(thrown);
    if (error.status >= 500 && !request.aborted) {
      const { code, log } = error;
      services.log.error({ request_id: request.id, method: request.method, code, error: log }, 'management');
    }
    return failure(error);
  }
}
