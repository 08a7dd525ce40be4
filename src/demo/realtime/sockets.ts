/** The WebSockets of the demo upstream. */
import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { modelOfSession, realtimePath } from '../../operations/realtime.ts';
import { BadRequest, parseBody } from '../fields.ts';
import { DemoSession, type DemoSessionOptions } from './session.ts';

type Options = Pick<DemoSessionOptions, 'clock' | 'chunkMs'>;

/** Lets a server open realtime sessions. */
export function serveRealtime(server: Server, options: Options): void {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on('upgrade', (request, socket, head) => {
    const [path, query = ''] = (request.url ?? '').split('?', 2);
    if (path !== realtimePath) {
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    const model = modelOfSession(query) ?? '';
    sockets.handleUpgrade(request, socket, head, (opened) => converse(opened, model, options));
  });
}

function converse(socket: WebSocket, model: string, { clock, chunkMs }: Options): void {
  const send = (event: object) => socket.send(JSON.stringify(event));
  const session = new DemoSession({ model, clock, chunkMs, send });
  socket.on('message', (data: Buffer) => {
    try {
      session.handle(parseBody(data));
    } catch (error) {
      const message = error instanceof BadRequest ? error.message : String(error);
      send({ type: 'error', error: { type: 'invalid_request_error', code: null, message, param: null } });
    }
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => session.close());
}
