/** The demo upstream as an HTTP server: finds the endpoint, reads the body, sends the reply at its pace. */
import { hash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type MatchedJob, matchJob } from '../operations/jobs/routes.ts';
import { isMatched, matchOperation } from '../operations/match.ts';
import type { Clock } from '../platform/clock.ts';
import { demoEndpoints, demoErrors } from './endpoints.ts';
import { BadRequest, parseBody } from './fields.ts';
import { parseForm } from './form.ts';
import { videos } from './openai-videos.ts';
import { serveRealtime } from './realtime/sockets.ts';
import type { DemoReply } from './reply.ts';

export interface DemoServerOptions {
  /** Pause between the chunks of a stream in milliseconds. */
  readonly chunkMs: number;
  readonly clock: Clock;
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
  const { method = '', url = '' } = request;
  const [path = '', query = ''] = url.split('?', 2);
  const job = matchJob(method, path, query);
  if (job && 'route' in job) return jobReply(request, job, options);
  const found = matchOperation(method, path, query);
  const operation = isMatched(found) ? found : undefined;
  const endpoint = operation && demoEndpoints[operation.name];
  if (!endpoint) return demoErrors.openai(404, `The demo has no ${method} ${path}.`);
  try {
    const bytes = await readBody(request);
    const contentType = request.headers['content-type'] ?? '';
    const isForm = operation.takes !== 'json' && contentType.startsWith('multipart/');
    const body = isForm ? await parseForm(bytes, contentType) : parseBody(bytes);
    const context = {
      id: hash('sha256', bytes, 'hex').slice(0, 24),
      now: Math.floor(options.clock.now() / 1000),
      chunkMs: options.chunkMs,
    };
    return endpoint(body, context, {
      model: operation.modelInPath ?? '',
      form: operation.responseForm(body),
    });
  } catch (error) {
    if (error instanceof BadRequest) return demoErrors[operation.client.name](400, error.message);
    throw error;
  }
}

async function jobReply(
  request: IncomingMessage,
  { route, params }: MatchedJob,
  { clock }: DemoServerOptions,
): Promise<DemoReply> {
  if (route.vendor.name !== 'videos') return demoErrors.openai(404, 'The demo makes videos alone.');
  const nowMs = clock.now();
  try {
    const bytes = await readBody(request);
    const contentType = request.headers['content-type'] ?? '';
    const isForm = contentType.startsWith('multipart/');
    const read = async () => (isForm ? parseForm(bytes, contentType) : parseBody(bytes));
    const asked = {
      method: route.method,
      id: params.id ?? '',
      isContent: 'call' in route && route.call.kind === 'content',
      body: route.method === 'POST' ? await read() : {},
      nowMs,
      range: request.headers.range,
    };
    return videos(asked, { id: hash('sha256', `${nowMs} ${bytes}`, 'hex').slice(0, 24) });
  } catch (error) {
    if (error instanceof BadRequest) return demoErrors.openai(400, error.message);
    throw error;
  }
}

/** Resolves when the response accepts more data or is closed. */
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
  if (made.kind === 'bytes') {
    const { status = 200, headers, contentType, body } = made;
    response.writeHead(status, { ...headers, 'content-type': contentType, 'content-length': body.length });
    response.end(body);
    return;
  }
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

/** Creates the server, which does not listen yet. */
export function createDemoServer(options: DemoServerOptions): Server {
  const server = createServer((request, response) => {
    const run = async () => send(response, await reply(request, options), options.clock);
    run().catch(() => response.destroy());
  });
  serveRealtime(server, options);
  return server;
}
