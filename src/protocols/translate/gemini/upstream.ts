/** The upstream's side of Gemini's protocol in translation. Pure. */
import type { UpstreamForm } from '../parts.ts';
import { readResponse } from './read-response.ts';
import { writeRequest } from './write-request.ts';

export const geminiUpstream: UpstreamForm = {
  name: 'gemini',
  // FunctionDeclaration.name
  toolName: /^[a-zA-Z_][\w.:-]{0,127}$/,
  // ai.google.dev/api/generate-content, GenerationConfig.stopSequences: up to 5
  stopRule: () => ({ max: 5 }),
  writeRequest: (request, model, losses, { gemini_schemas: schemas = 'json-schema' }) =>
    writeRequest(request, model, schemas, losses),
  readResponse,
  responseForm: (stream) => (stream ? 'sse' : 'json'),
};
