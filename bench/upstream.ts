/** The fake model upstream, a process of its own: writes prepared responses directly to the socket. */
import { createServer, type Socket } from 'node:net';
import { type AnswerKind, answerChunks, answerKinds, pacedChunkMs } from './answers.ts';
import { MessageReader } from './http-messages.ts';
import { announce } from './ports.ts';

const keepAlive = 'Connection: keep-alive\r\nKeep-Alive: timeout=120\r\n';
const streamHead = `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n${keepAlive}Transfer-Encoding: chunked\r\n\r\n`;
const lastChunk = Buffer.from('0\r\n\r\n');

function framed(chunk: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]);
}

function wholeAnswer(kind: AnswerKind): Buffer {
  const json = Buffer.concat(answerChunks(kind));
  const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${keepAlive}Content-Length: ${json.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), json]);
}

const burstAnswer = (kind: AnswerKind) =>
  Buffer.concat([Buffer.from(streamHead), ...answerChunks(kind).map(framed), lastChunk]);

const ready = {
  whole: {
    'bench-json': wholeAnswer('bench-json'),
    'gpt-4o-uncounted-json': wholeAnswer('gpt-4o-uncounted-json'),
    'bench-translated-json': wholeAnswer('bench-translated-json'),
    'bench-burst': burstAnswer('bench-burst'),
    'bench-translated-burst': burstAnswer('bench-translated-burst'),
  },
  paced: answerChunks('bench-paced').map(framed),
  idle: Buffer.concat([Buffer.from(streamHead), ...answerChunks('bench-idle').slice(0, 1).map(framed)]),
};

function sendPaced(socket: Socket): void {
  let next = 0;
  socket.write(streamHead);
  const timer = setInterval(() => {
    const chunk = ready.paced[next];
    next += 1;
    if (chunk && !socket.destroyed) {
      socket.write(chunk);
      return;
    }
    clearInterval(timer);
    if (!socket.destroyed) socket.write(lastChunk);
  }, pacedChunkMs);
}

function answer(socket: Socket, kind: AnswerKind = 'bench-json'): void {
  if (kind === 'bench-paced') sendPaced(socket);
  else if (kind === 'bench-idle') socket.write(ready.idle);
  else socket.write(ready.whole[kind]);
}

const server = createServer({ noDelay: true }, (socket) => {
  let kind: AnswerKind | undefined;
  const reader = new MessageReader({
    onHead: () => {},
    onBody: (part) => {
      kind ??= answerKinds.find((name) => part.includes(`"${name}"`));
    },
    onEnd: () => {
      answer(socket, kind);
      kind = undefined;
    },
  });
  socket.on('data', (bytes: Buffer) => reader.push(bytes));
  socket.on('error', () => socket.destroy());
});

announce(server);
