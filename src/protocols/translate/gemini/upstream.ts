/** The upstream's side of Gemini's protocol in translation. Pure. */
import type { UpstreamForm } from '../parts.ts';
import { readError } from './errors.ts';
import { readResponse } from './read-response.ts';
import { type SchemaStyle, writeRequest } from './write-request.ts';

function geminiUpstreamWith({ schemas }: { readonly schemas: SchemaStyle }): UpstreamForm {
  return {
    name: 'gemini',
    writeRequest: (request, model, losses) => writeRequest(request, model, schemas, losses),
    readResponse,
    responseForm: (stream) => (stream ? 'sse' : 'json'),
    readError,
  };
}

export const geminiUpstream: UpstreamForm = geminiUpstreamWith({ schemas: 'json-schema' });
