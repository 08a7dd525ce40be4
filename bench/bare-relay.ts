/**
 * The baseline of every figure: a relay of node:http and undici with back-pressure. It checks no keys, parses
 * nothing and records nothing. Takes the upstream's origin as its argument.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Dispatcher, Pool } from 'undici';
import { announce } from './ports.ts';

const origin = process.argv[2];
if (origin === undefined) throw new Error('usage: bare-relay.ts <origin of the upstream>');
const pool = new Pool(origin, { connections: 10_000, pipelining: 1 });
const requestHeaders = ['authorization', 'content-type', 'accept'] as const;
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding']);

class Pass implements Dispatcher.DispatchHandler {
  readonly #res: ServerResponse;
  #controller: Dispatcher.DispatchController | undefined;

  constructor(res: ServerResponse) {
    this.#res = res;
    res.on('drain', () => this.#controller?.resume());
    res.on('close', () => {
      if (!res.writableFinished) this.#controller?.abort(new Error('the client left'));
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    const passed: Record<string, string | string[]> = {};
    for (const name in headers) {
      const value = headers[name];
      if (value !== undefined && !hopByHop.has(name)) passed[name] = value;
    }
    this.#res.writeHead(status, passed);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#res.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#res.end();
  }

  onResponseError(): void {
    this.#res.destroy();
  }
}

function pass(req: IncomingMessage, res: ServerResponse, body: Buffer): void {
  const headers: string[] = [];
  for (const name of requestHeaders) {
    const value = req.headers[name];
    if (value !== undefined) headers.push(name, value);
  }
  const { url: path = '/', method } = req;
  pool.dispatch({ path, method: method === 'GET' ? 'GET' : 'POST', headers, body }, new Pass(res));
}

const server = createServer({ keepAliveTimeout: 120_000 }, (req, res) => {
  const parts: Buffer[] = [];
  req.on('data', (part: Buffer) => parts.push(part));
  req.on('end', () => {
    const [first] = parts;
    pass(req, res, parts.length === 1 && first ? first : Buffer.concat(parts));
  });
});

announce(server);
