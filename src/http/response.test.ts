import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { IdentifiedResponse, joinedBytesMax } from './response.ts';

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const long = Buffer.alloc(joinedBytesMax + 1, 'long ');
const parts = [everyByte, Buffer.from('data: é\n\n'), long, Buffer.from('last')];

let pieces = 0;
const server = createServer({ ServerResponse: IdentifiedResponse }, async (_, res) => {
  res.writeHead(200, ['content-type', 'text/event-stream']);
  for (const part of parts) {
    res.writePart(part);
    // What is written in one turn of the loop is sent together.
    await new Promise((resolve) => setImmediate(resolve));
  }
  res.end();
});
server.on('connection', (socket: Socket) => {
  const write = socket.write.bind(socket);
  // Called by Node for each piece that it hands to the socket.
  socket.write = (...piece: unknown[]) => {
    pieces += 1;
    return write(...(piece as Parameters<typeof write>));
  };
});

before(() => once(server.listen(0, '127.0.0.1'), 'listening'));
after(() => server.close());

/** @returns what the server sends for one request, as Latin-1 */
async function responseTo(head: string): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.setEncoding('latin1');
  let received = '';
  socket.on('data', (text: string) => {
    received += text;
  });
  socket.write(head);
  await once(socket, 'close');
  return received;
}

const chunkOf = (part: Buffer) => `${part.length.toString(16)}\r\n${part.toString('latin1')}\r\n`;

test('the parts of a chunked body arrive as they are, each short one written as one piece', async () => {
  pieces = 0;
  const received = await responseTo('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  const body = received.slice(received.indexOf('\r\n\r\n') + 4);
  assert.equal(body, `${parts.map(chunkOf).join('')}0\r\n\r\n`);
  // Three short parts, the four pieces of the long one, and the end.
  assert.equal(pieces, 3 + 4 + 1);
});

test('a client of HTTP/1.0 gets no chunks', async () => {
  const received = await responseTo('GET / HTTP/1.0\r\n\r\n');
  const body = received.slice(received.indexOf('\r\n\r\n') + 4);
  assert.equal(body, Buffer.concat(parts).toString('latin1'));
});
