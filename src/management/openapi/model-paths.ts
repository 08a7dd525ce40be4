/** The model endpoints in the OpenAPI document: in brief, since each protocol's own documentation holds. */

interface ModelPath {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly summary: string;
  readonly tag: 'OpenAI' | 'Anthropic' | 'Gemini';
}

const modelPaths: readonly ModelPath[] = [
  { method: 'post', path: '/v1/chat/completions', summary: 'Chat completion', tag: 'OpenAI' },
  { method: 'post', path: '/v1/completions', summary: 'Text completion', tag: 'OpenAI' },
  { method: 'post', path: '/v1/responses', summary: 'Response', tag: 'OpenAI' },
  { method: 'post', path: '/v1/embeddings', summary: 'Embeddings', tag: 'OpenAI' },
  { method: 'get', path: '/v1/models', summary: 'List models (also in Anthropic form)', tag: 'OpenAI' },
  { method: 'get', path: '/v1/models/{model}', summary: 'Get a model', tag: 'OpenAI' },
  { method: 'post', path: '/v1/messages', summary: 'Message', tag: 'Anthropic' },
  { method: 'post', path: '/v1/messages/count_tokens', summary: 'Count tokens', tag: 'Anthropic' },
  { method: 'get', path: '/v1beta/models', summary: 'List models', tag: 'Gemini' },
  { method: 'post', path: '/v1beta/models/{model}:generateContent', summary: 'Generate', tag: 'Gemini' },
  {
    method: 'post',
    path: '/v1beta/models/{model}:streamGenerateContent',
    summary: 'Generate, as a stream',
    tag: 'Gemini',
  },
  { method: 'post', path: '/v1beta/models/{model}:embedContent', summary: 'Embed', tag: 'Gemini' },
  { method: 'post', path: '/v1beta/models/{model}:countTokens', summary: 'Count tokens', tag: 'Gemini' },
];

const content = { 'application/json': { schema: { type: 'object' } } };

/** @returns path items of an OpenAPI document */
export function describeModelPaths(): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { method, path, summary, tag } of modelPaths) {
    const model = { name: 'model', in: 'path', required: true, schema: { type: 'string' } };
    paths[path] = {
      [method]: {
        tags: [tag],
        summary,
        description: `A request of the ${tag} protocol, passed on to a channel that has the model.`,
        security: [{ apiKey: [] }],
        ...(path.includes('{model}') && { parameters: [model] }),
        ...(method === 'post' && { requestBody: { required: true, content } }),
        responses: {
          200: { description: "The upstream's answer.", content },
          default: { description: 'An error in the form of the protocol.', content },
        },
      },
    };
  }
  return paths;
}
