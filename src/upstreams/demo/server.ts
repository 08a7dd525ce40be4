/** The demo upstream as an HTTP server: finds the endpoint, reads the body, sends the reply at its pace. */
import { hash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../../platform/clock.ts';
import { countMessageTokens, messages } from './anthropic.ts';
import { BadRequest, type Fields, parseBody } from './fields.ts';
import * as gemini from './gemini.ts';
import { chatCompletions, completions } from './openai-chat.ts';
import { embeddings } from './openai-embeddings.ts';
import { responses } from './openai-responses.ts';
import { type DemoContext, type DemoReply, jsonReply } from './reply.ts';

export interface DemoServerOptions {
  /** Pause between the chunks of a stream in milliseconds. */
  readonly chunkMs: number;
  readonly clock: Clock;
}

type Endpoint = (body: Fields, context: DemoContext) => DemoReply;

interface Route {
  readonly endpoint: Endpoint;
  /** The answer to a wrong request, in the shape of the protocol. */
  readonly error: (status: number, message: string) => DemoReply;
}

const openaiError = (status: number, message: string) =>
  jsonReply({ error: { message, type: 'invalid_request_error', param: null, code: null } }, status);
const anthropicError = (status: number, message: string) =>
  jsonReply({ type: 'error', error: { type: 'invalid_request_error', message } }, status);
const geminiError = (code: number, message: string) =>
  jsonReply({ error: { code, message, status: 'INVALID_ARGUMENT' } }, code);

const fixedRoutes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/v1/chat/completions', { endpoint: chatCompletions, error: openaiError }],
  ['/v1/completions', { endpoint: completions, error: openaiError }],
  ['/v1/responses', { endpoint: responses, error: openaiError }],
  ['/v1/embeddings', { endpoint: embeddings, error: openaiError }],
  ['/v1/messages', { endpoint: messages, error: anthropicError }],
  ['/v1/messages/count_tokens', { endpoint: countMessageTokens, error: anthropicError }],
]);

const geminiActions: Readonly<Record<string, (model: string, form: 'sse' | 'array') => Endpoint>> = {
  generateContent: (model) => (body, context) => gemini.generateContent(body, model, context),
  streamGenerateContent: (model, form) => (body, context) =>
    gemini.streamGenerateContent(body, model, context, form),
  countTokens: () => gemini.countContentTokens,
  embedContent: () => gemini.embedContent,
  batchEmbedContents: () => gemini.batchEmbedContents,
};

function findRoute(url: URL): Route | undefined {
  const fixed = fixedRoutes.get(url.pathname);
  if (fixed) return fixed;
  const [, model = '', action = ''] = /^\/v1(?:beta)?\/models\/(.+):(\w+)$/.exec(url.pathname) ?? [];
  const make = Object.hasOwn(geminiActions, action) ? geminiActions[action] : undefined;
  const form = url.searchParams.get('alt') === 'sse' ? 'sse' : 'array';
  return make && { endpoint: make(decodeURIComponent(model), form), error: geminiError };
}

const bodyBytesMax = 1_073_741_824;

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) throw new BadRequest('The body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function reply(request: IncomingMessage, options: DemoServerOptions): Promise<DemoReply> {
  const url = new URL(`http://demo${request.url}`);
  const route = findRoute(url);
  if (!route || request.method !== 'POST')
    return openaiError(404, `The demo has no ${request.method} ${url.pathname}.`);
  try {
    const bytes = await readBody(request);
    return route.endpoint(parseBody(bytes), {
      id: hash('sha256', bytes, 'hex').slice(0, 24),
      now: Math.floor(options.clock.now() / 1000),
      chunkMs: options.chunkMs,
    });
  } catch (error) {
    if (error instanceof BadRequest) return route.error(400, error.message);
    throw error;
  }
}

/** Resolves when the response can take more, or is closed. */
function writable(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off('drain', go);
      response.off('close', go);
      resolve();
    };
    response.on('drain', go);
    response.on('close', go);
  });
}

async function send(response: ServerResponse, made: DemoReply, clock: Clock): Promise<void> {
  if (made.kind === 'json') {
    const body = JSON.stringify(made.body);
    response.writeHead(made.status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
    return;
  }
  response.writeHead(200, { 'content-type': made.contentType, 'cache-control': 'no-cache' });
  let first = true;
  for (const part of made.parts) {
    if (!first && made.chunkMs > 0) await new Promise<void>((resolve) => clock.after(made.chunkMs, resolve));
    first = false;
    if (response.destroyed) return;
    if (!response.write(part)) await writable(response);
  }
  response.end();
}

/** The server, not yet listening. */
export function createDemoServer(options: DemoServerOptions): Server {
  return createServer((request, response) => {
    const run = async () => send(response, await reply(request, options), options.clock);
    run().catch(() => response.destroy());
  });
}
