/** The upstream of the crash test: what it reports is told by the client, in a header that Halley passes on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type Counted, kinds } from './kinds.ts';

/** `openai-beta` and `anthropic-beta` are passed on; Gemini has none, so its bodies carry the order. */
export interface Order {
  readonly kind: number;
  readonly used: Counted;
  /** Milliseconds between the pieces of the answer. */
  readonly gapMs: number;
}

export const orderMark = 'order:';

export async function startOrderedUpstream(): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream();
  upstream.on('', async ({ response, wholeBody, over }) => {
    const body = (await wholeBody).toString('utf8');
    const order = JSON.parse(JSON.parse(`"${/order:(.*?)!/.exec(body)?.[1] ?? ''}"`)) as Order;
    const kind = kinds[order.kind];
    const pieces = kind?.answer(order.used) ?? [];
    const isStream = pieces.some((piece) => /^(?:event|data):/.test(piece));
    response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
    for (const piece of pieces) {
      response.write(piece);
      if (order.gapMs > 0) await sleep(order.gapMs, undefined, { signal: over }).catch(() => undefined);
      if (over.aborted) return;
    }
    response.end();
  });
  return upstream;
}
