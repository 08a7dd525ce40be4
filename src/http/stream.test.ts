import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { ManualClock } from '../platform/clock.ts';
import type { Exchange } from './exchange.ts';
import { sendStream } from './stream.ts';

/** A client that takes what it was given only when it is told to. */
class SlowClient extends EventEmitter {
  headersSent = false;
  destroyed = false;
  ended = false;
  waiting = 0;
  text = '';

  writeHead(): this {
    this.headersSent = true;
    return this;
  }

  write(part: Buffer): boolean {
    this.waiting += part.length;
    this.text += part.toString('latin1');
    return false;
  }

  /** Reads so many bytes; `drain` comes when none is left, as from Node. */
  read(bytes: number): void {
    this.waiting = Math.max(this.waiting - bytes, 0);
    if (this.waiting === 0) this.emit('drain');
  }

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function begin(piece: string) {
  const client = new SlowClient();
  const clock = new ManualClock();
  async function* pieces() {
    yield piece;
  }
  const exchange = { req: { method: 'GET' }, res: client } as unknown as Exchange;
  const stream = { status: 200, contentType: 'text/csv', pieces: pieces(), headers: {} };
  return { client, clock, sent: sendStream(exchange, stream, { clock, slowClientMs: 1000 }) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a client that reads slowly is not cut while it reads', async () => {
  const piece = 'é'.repeat(100_000);
  const { client, clock, sent } = begin(piece);
  for (let steps = 0; !client.ended && !client.destroyed && steps < 1000; steps += 1) {
    await turn();
    client.read(20_000);
    clock.advance(900);
  }
  await sent;
  assert.equal(client.destroyed, false);
  assert.equal(Buffer.from(client.text, 'latin1').toString(), piece);
});

test('one that reads nothing is cut', async () => {
  const { client, clock, sent } = begin('a'.repeat(100_000));
  await turn();
  clock.advance(1000);
  await sent;
  assert.deepEqual([client.destroyed, client.ended], [true, false]);
});
