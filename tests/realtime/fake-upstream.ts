/** A realtime upstream whose answers a test writes. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Event } from './socket.ts';

export interface UpstreamSocket {
  readonly request: IncomingMessage;
  readonly socket: WebSocket;
  /** What has come from the gateway. */
  readonly events: Event[];
  send(event: object): void;
}

export interface SocketUpstream {
  readonly origin: string;
  readonly sockets: UpstreamSocket[];
  close(): Promise<void>;
}

export interface SocketScript {
  /** The session of `session.created`. */
  readonly session?: object;
  /** The response in place of a socket. */
  readonly refuse?: { readonly status: number; readonly body: object };
  on(event: Event, socket: UpstreamSocket): void;
}

const quiet = { type: 'realtime', audio: { input: { turn_detection: null } } };

export async function startSocketUpstream(script: SocketScript): Promise<SocketUpstream> {
  const server = createServer();
  const wss = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const sockets: UpstreamSocket[] = [];
  server.on('upgrade', (request, raw, head) => {
    raw.on('error', () => {});
    if (script.refuse) {
      const body = JSON.stringify(script.refuse.body);
      const headers = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close`;
      raw.end(`HTTP/1.1 ${script.refuse.status} No\r\n${headers}\r\n\r\n${body}`);
      return;
    }
    wss.handleUpgrade(request, raw, head, (socket) => {
      const events: Event[] = [];
      const send = (event: object) => socket.send(JSON.stringify(event));
      const opened: UpstreamSocket = { request, socket, events, send };
      sockets.push(opened);
      socket.on('error', () => {});
      socket.on('message', (data) => {
        const event = JSON.parse(String(data)) as Event;
        events.push(event);
        script.on(event, opened);
      });
      send({ type: 'session.created', event_id: 'e0', session: script.session ?? quiet });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    async close() {
      for (const { socket } of sockets) socket.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
