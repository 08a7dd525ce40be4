/** `POST /v1/rerank` (Jina's form, which vLLM and others have too) and `POST /v2/rerank` (Cohere's) */
import type { RerankApi } from '../domain/channel-options.ts';
import type { ClientProtocol } from '../protocols/client/client-protocol.ts';
import { cohereClientProtocol } from '../protocols/client/cohere.ts';
import { openaiClientProtocol } from '../protocols/client/openai.ts';
import { rerankRequest } from '../protocols/client/rerank-request.ts';
import { chatEnd } from '../protocols/events/end-marks.ts';
import { openaiUpstream } from '../protocols/upstream/upstream-protocol.ts';
import { rerankUsageReader } from '../protocols/usage/rerank-usage.ts';
import { list, never, some, withModel } from './body-schemas.ts';
import { refuseStream, requireArray, requireOneOf } from './fields.ts';
import type { OperationDefinition, OperationPath } from './operation.ts';

function reranking(
  at: OperationPath,
  client: ClientProtocol,
  rerankApi: RerankApi,
  summary: string,
): OperationDefinition {
  return {
    at,
    client,
    upstream: { protocol: openaiUpstream, rerankApi, usageReader: rerankUsageReader },
    kind: 'rerank',
    charged: true,
    chargedBy: ['input', 'searchUnit', 'request'],
    streams: 'never',
    checkBody(body) {
      refuseStream(body);
      requireOneOf(body, ['query']);
      requireArray(body, 'documents');
    },
    request: rerankRequest,
    endMarks: chatEnd,
    openapi: { summary, body: withModel({ query: some, documents: list }, { stream: never }) },
    catalogue: { name: summary.toLowerCase().replaceAll(' ', '-'), serves: (type) => type === 'rerank' },
    channelTest: {
      of: 'rerank',
      body: (model, prompt) => ({ model, query: prompt, documents: ['ok', 'other'] }),
    },
  };
}

export const rerank = reranking(
  { path: '/v1/rerank', short: '/rerank' },
  openaiClientProtocol,
  'jina',
  'Rerank',
);

export const cohereRerank = reranking(
  { path: '/v2/rerank' },
  cohereClientProtocol,
  'cohere',
  'Cohere rerank',
);
