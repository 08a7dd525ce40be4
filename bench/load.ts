/** The load generator, a process of its own, so that its CPU time is not part of any figure. */
import { readFileSync } from 'node:fs';
import { answerChunks } from './answers.ts';
import { type AskEvents, type Expectation, LoadConnection } from './load-connection.ts';
import type { LoadMessage, LoadOrder, LoadReply, LoadReport, RequestShape } from './load-order.ts';

const connectionsByPort = new Map<number, LoadConnection[]>();
/** Requests of a `hold` order that may be in flight at a time. */
const holdsAtOnce = 100;
/** Part of an `open` order whose latencies do not count, since the pools are still filling. */
const warmUpShare = 0.1;

function connectionsTo(port: number, count: number): LoadConnection[] {
  const open = connectionsByPort.get(port) ?? [];
  while (open.length < count) open.push(new LoadConnection(port));
  connectionsByPort.set(port, open);
  return open.slice(0, count);
}

function release(port: number): void {
  for (const connection of connectionsByPort.get(port) ?? []) connection.close();
  connectionsByPort.delete(port);
}

function requestText(shape: RequestShape, port: number): string {
  const headers = { Host: `127.0.0.1:${port}`, ...shape.headers, 'Content-Length': `${shape.body.length}` };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${shape.method} ${shape.path} HTTP/1.1\r\n${lines.join('')}\r\n${shape.body}`;
}

/** Executes one order. */
class Run {
  readonly #order: LoadOrder;
  readonly #connections: LoadConnection[];
  readonly #expected: Expectation;
  /** The request's text around the value; one part when it has no placeholder. */
  readonly #parts: readonly string[];
  readonly #values: readonly string[];
  readonly #failures: Record<string, number> = {};
  readonly #began = performance.now();
  #sent = 0;
  #answered = 0;

  constructor(order: LoadOrder) {
    this.#order = order;
    this.#connections = connectionsTo(order.port, order.connections);
    const body = order.answer && Buffer.concat(answerChunks(order.answer));
    this.#expected = { status: order.status, body, holds: order.holds };
    const text = requestText(order.request, order.port);
    this.#parts = order.valuesFile === undefined ? [text] : text.split('{}');
    this.#values =
      order.valuesFile === undefined ? [] : readFileSync(order.valuesFile, 'latin1').trimEnd().split('\n');
  }

  #next(): string {
    const [first = '', second] = this.#parts;
    const value = this.#values[this.#sent % this.#values.length] ?? '';
    this.#sent += 1;
    return second === undefined ? first : first + value + second;
  }

  #ask(connection: LoadConnection, events: AskEvents): void {
    connection.ask(this.#next(), this.#expected, {
      ...events,
      onDone: (failure) => {
        this.#answered += 1;
        if (failure !== undefined) this.#failures[failure] = (this.#failures[failure] ?? 0) + 1;
        events.onDone(failure);
      },
    });
  }

  #report(latency?: LoadReport['latency']): LoadReport {
    const ms = performance.now() - this.#began;
    return { requests: this.#answered, ms, failures: this.#failures, ...(latency && { latency }) };
  }

  closed(ms: number, requestsMax: number): Promise<LoadReport> {
    const end = this.#began + ms;
    return new Promise((resolve) => {
      let working = this.#connections.length;
      const goOn = (connection: LoadConnection) => {
        if (this.#sent < requestsMax && performance.now() < end) {
          this.#ask(connection, { onDone: () => goOn(connection) });
          return;
        }
        working -= 1;
        if (working === 0) resolve(this.#report());
      };
      for (const connection of this.#connections) goOn(connection);
    });
  }

  /**
   * Spins between requests, since a timer is too coarse for a high rate, unless the order says to rest. A request that
   * finds no free connection waits, and its latency includes the wait. It does not include delays of this process.
   */
  open(ms: number, perSecond: number, rests: boolean): Promise<LoadReport> {
    const planned = Math.round((ms / 1000) * perSecond);
    const latencies: number[] = [];
    /** When each unsent request was due. */
    const waiting: number[] = [];
    const send = (connection: LoadConnection, cameUpAt: number) => {
      const counted = this.#sent >= planned * warmUpShare;
      this.#ask(connection, {
        onDone: () => {
          if (counted) latencies.push(performance.now() - cameUpAt);
        },
      });
    };
    return new Promise((resolve) => {
      const turn = () => {
        const now = performance.now();
        const due = Math.min(planned, ((now - this.#began) / 1000) * perSecond);
        while (this.#sent + waiting.length < due) waiting.push(now);
        while (waiting.length > 0) {
          const connection = this.#connections.find((one) => one.free);
          if (!connection) break;
          send(connection, waiting.shift() ?? now);
        }
        if (this.#answered < planned) {
          if (rests) setTimeout(turn, 1);
          else setImmediate(turn);
          return;
        }
        latencies.sort((a, b) => a - b);
        const quantile = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN;
        resolve(this.#report({ p50: quantile(0.5), p99: quantile(0.99) }));
      };
      turn();
    });
  }

  hold(): Promise<LoadReport> {
    const waiting = [...this.#connections];
    let held = 0;
    return new Promise((resolve) => {
      const settled = () => {
        held += 1;
        if (held === this.#connections.length) resolve({ ...this.#report(), requests: held });
        else holdNext();
      };
      const holdNext = () => {
        const connection = waiting.pop();
        if (!connection) return;
        let began = false;
        this.#ask(connection, {
          onFirstBody: () => {
            began = true;
            settled();
          },
          onDone: () => {
            if (!began) settled();
          },
        });
      };
      for (let started = 0; started < holdsAtOnce; started += 1) holdNext();
    });
  }

  go(): Promise<LoadReport> {
    const { mode } = this.#order;
    switch (mode.kind) {
      case 'closed':
        return this.closed(mode.ms, mode.requestsMax ?? Number.POSITIVE_INFINITY);
      case 'open':
        return this.open(mode.ms, mode.perSecond, mode.rests === true);
      case 'hold':
        return this.hold();
    }
  }
}

const nothing: LoadReport = { requests: 0, ms: 0, failures: {} };

process.on('message', async (message: LoadMessage) => {
  let report = nothing;
  if ('order' in message) report = await new Run(message.order).go();
  else release(message.release);
  const reply: LoadReply = { id: message.id, report };
  process.send?.(reply);
});
process.once('disconnect', () => process.exit());
process.send?.({ ready: true });
