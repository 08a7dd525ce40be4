/**
 * The baseline for sockets: a relay of ws on both sides that checks no keys and reads nothing. Takes the upstream's
 * origin as its argument.
 */
import { createServer } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import { announce } from './ports.ts';

const origin = process.argv[2];
if (origin === undefined) throw new Error('usage: bare-sockets.ts <origin of the upstream>');
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (client, request) => {
  const upstream = new WebSocket(origin.replace('http', 'ws') + request.url, { perMessageDeflate: false });
  upstream.on('message', (data) => client.send(String(data)));
  client.on('message', (data) => upstream.send(String(data)));
  upstream.on('close', () => client.close());
  client.on('close', () => upstream.close());
});
announce(server);
