/** A realtime upstream for the bench: begins each session, and says nothing more. */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { announce } from './ports.ts';

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
const session = { type: 'realtime', audio: { input: { turn_detection: null } } };
const created = JSON.stringify({ type: 'session.created', event_id: 'event_1', session });
sockets.on('connection', (socket) => socket.send(created));
announce(server);
