/** `/api/playground`: model requests with a key of the caller's own, which the caller names by id. */
import { isJobCall } from '../../operations/jobs/routes.ts';
import { isModelPath } from '../../operations/match.ts';
import { refuseCrossOrigin } from '../csrf.ts';
import { type AccountInput, accountEndpoint, type Endpoint } from '../endpoint.ts';
import { numberParameter, textParameter } from '../query-parameters.ts';
import type { ManagementResponse } from '../response.ts';
import { missingKey } from '../tokens/missing-key.ts';
import { endWithCaller } from './end-with-caller.ts';

const pathPattern = /^\/[!-~]*$/;

function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  return mark === -1
    ? { path: target, query: '' }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** @param rule what the path must be, in words that follow "must be" */
const parametersFor = (description: string, rule: string, fits: (path: string) => boolean) => ({
  token_id: { ...numberParameter('Id of the API key.'), required: true },
  path: textParameter(description, {
    required: true,
    schema: { type: 'string', pattern: pathPattern.source },
    fault: (text) => (pathPattern.test(text) && fits(splitTarget(text).path) ? undefined : `must be ${rule}`),
  }),
});

async function send({
  services,
  account,
  request,
  confirm,
}: Pick<AccountInput<unknown>, 'services' | 'account' | 'request' | 'confirm'>): Promise<ManagementResponse> {
  const id = Number(request.query.get('token_id'));
  const key = await services.store.getKey(account.id, id);
  if (!key) throw await missingKey(services, account.id, id);
  const { path, query } = splitTarget(request.query.get('path') ?? '');
  const exchange = request.sentTo(path, query);
  const running = services.modelApi(exchange, key.digest);
  if (running) endWithCaller(services.clock, confirm, exchange, running);
  return { handedOver: true };
}

const ofModels = accountEndpoint({
  method: 'POST',
  path: '/api/playground',
  access: 'account',
  summary: 'Send a model request with one of your API keys',
  description:
    "Body and headers are those of a request to `path`, and so is the response: a stream stays a stream, and an error has the form of the protocol. Admission, limits, allowed addresses, charge and record are those of the key; the record's `source` is `playground`. The caller does not need the value of the key. The request ends when the key is deleted, and when the session or access token that it was made with ends. `x-request-id` finds its record.",
  query: parametersFor(
    'Path and query of the model request, such as `/v1/messages` or `/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse`.',
    'the path of a model request, such as /v1/chat/completions',
    isModelPath,
  ),
  relays: true,
  handle: send,
});

const jobPath = 'Path and query of the call, such as `/v1/videos/job_…` or `/v1/videos/job_…/content`.';

/** Other paths answer to POST alone; lists of models have endpoints of their own. */
const ofJobs = (method: 'GET' | 'DELETE', summary: string, description: string) =>
  accountEndpoint({
    method,
    path: '/api/playground',
    access: 'account',
    summary,
    description: `${description} The call is that of the key: a job of another key does not exist for it, unless \`jobs.share\` says otherwise, and a deleted key reaches none.`,
    query: parametersFor(jobPath, `a path of jobs that takes ${method}, such as /v1/videos/job_…`, (path) =>
      isJobCall(method, path),
    ),
    relays: true,
    handle(input) {
      // A page of another origin may neither read a result nor show it as its own.
      refuseCrossOrigin(input.request.headers, input.services.settings.public_url);
      return send(input);
    },
  });

export const playgroundEndpoints: readonly Endpoint[] = [
  ofModels,
  ofJobs(
    'GET',
    'Fetch a job, or the bytes of its result, with one of your API keys',
    'The response is that of `path`, ranges included.',
  ),
  ofJobs('DELETE', 'Delete a job with one of your API keys', 'The response is that of `path`.'),
];
