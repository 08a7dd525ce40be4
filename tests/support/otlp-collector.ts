/** Stands in for an OpenTelemetry collector: takes OTLP over HTTP in protobuf, and keeps what it was sent. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bytesAt, doubleAt, type Message, messagesAt, numberAt, readMessage, textAt } from './protobuf.ts';
import { until } from './until.ts';

export type Attributes = Readonly<Record<string, unknown>>;

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'other';
  /** Nanoseconds since 1970 UTC. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Attributes;
  readonly events: readonly string[];
  readonly links: readonly string[];
  readonly isError: boolean;
}

export interface ReceivedPoint {
  readonly attributes: Attributes;
  /** The value, or the number of what a histogram counted. */
  readonly value: number;
  readonly sum: number | undefined;
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

export interface ReceivedMetric {
  readonly name: string;
  readonly unit: string;
  readonly type: 'gauge' | 'sum' | 'histogram';
  readonly points: readonly ReceivedPoint[];
}

/** How it answers; by default it takes everything. */
export type CollectorAnswer = (response: ServerResponse) => void;

export interface OtlpCollector {
  readonly origin: string;
  readonly spans: readonly ReceivedSpan[];
  /** As of the last export. */
  readonly metrics: readonly ReceivedMetric[];
  readonly resource: Attributes;
  /** Of each request, with its path. */
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  answer(how: CollectorAnswer | undefined): void;
  /** Waits for the spans of the request with this id, its server span and so many others. */
  trace(requestId: string, others: number): Promise<{ server: ReceivedSpan; tries: readonly ReceivedSpan[] }>;
  close(): Promise<void>;
}

function anyValue(any: Message): unknown {
  if (any.has(1)) return textAt(any, 1);
  if (any.has(2)) return numberAt(any, 2) === 1;
  if (any.has(3)) return numberAt(any, 3);
  if (any.has(4)) return doubleAt(any, 4);
  const [list] = messagesAt(any, 5);
  if (list) return messagesAt(list, 1).map(anyValue);
  const [map] = messagesAt(any, 6);
  return map && attributesOf(messagesAt(map, 1));
}

function attributesOf(pairs: readonly Message[]): Attributes {
  return Object.fromEntries(
    pairs.map((pair) => [textAt(pair, 1), anyValue(messagesAt(pair, 2)[0] ?? new Map())]),
  );
}

const kinds = { 1: 'internal', 2: 'server', 3: 'client' } as const;
const hexAt = (message: Message, number: number) => bytesAt(message, number)?.toString('hex') ?? '';
const timeAt = (message: Message, number: number) => bytesAt(message, number)?.readBigUInt64LE() ?? 0n;

function spanOf(span: Message): ReceivedSpan {
  return {
    traceId: hexAt(span, 1),
    spanId: hexAt(span, 2),
    traceState: textAt(span, 3),
    parentSpanId: hexAt(span, 4),
    name: textAt(span, 5),
    kind: kinds[numberAt(span, 6) as keyof typeof kinds] ?? 'other',
    start: timeAt(span, 7),
    end: timeAt(span, 8),
    attributes: attributesOf(messagesAt(span, 9)),
    events: messagesAt(span, 11).map((event) => textAt(event, 2)),
    links: messagesAt(span, 13).map((link) => `${hexAt(link, 1)}-${hexAt(link, 2)}`),
    isError: messagesAt(span, 15).some((status) => numberAt(status, 3) === 2),
  };
}

function packed(point: Message, number: number, read: (bytes: Buffer, at: number) => number): number[] {
  const bytes = Buffer.concat((point.get(number) ?? []).map((each) => each as Buffer));
  return Array.from({ length: bytes.length / 8 }, (_, index) => read(bytes, index * 8));
}

function metricOf(metric: Message): ReceivedMetric {
  const [type, number] = metric.has(9)
    ? (['histogram', 9] as const)
    : metric.has(7)
      ? (['sum', 7] as const)
      : (['gauge', 5] as const);
  const points = messagesAt(metric, number).flatMap((data) => messagesAt(data, 1));
  return {
    name: textAt(metric, 1),
    unit: textAt(metric, 3),
    type,
    points: points.map((point) => ({
      attributes: attributesOf(messagesAt(point, type === 'histogram' ? 9 : 7)),
      value: type === 'histogram' ? numberAt(point, 4) : (doubleAt(point, 4) ?? numberAt(point, 6)),
      sum: doubleAt(point, 5),
      bounds: packed(point, 7, (bytes, at) => bytes.readDoubleLE(at)),
      counts: packed(point, 6, (bytes, at) => Number(bytes.readBigUInt64LE(at))),
    })),
  };
}

/** Starts a collector on a free loopback port. Close it when the test ends. */
export async function startOtlpCollector(): Promise<OtlpCollector> {
  const spans: ReceivedSpan[] = [];
  const requests: { path: string; headers: IncomingHttpHeaders }[] = [];
  let metrics: readonly ReceivedMetric[] = [];
  let resource: Attributes = {};
  let answer: CollectorAnswer | undefined;
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    const { url: path = '', headers } = request;
    requests.push({ path, headers });
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      if (answer) {
        answer(response);
        return;
      }
      for (const each of messagesAt(readMessage(Buffer.concat(pieces)), 1)) {
        resource = attributesOf(messagesAt(each, 1).flatMap((of) => messagesAt(of, 1)));
        const items = messagesAt(each, 2).flatMap((scope) => messagesAt(scope, 2));
        if (path.endsWith('/v1/traces')) spans.push(...items.map(spanOf));
        else metrics = items.map(metricOf);
      }
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    spans,
    requests,
    get metrics() {
      return metrics;
    },
    get resource() {
      return resource;
    },
    answer(how) {
      answer = how;
    },
    async trace(requestId, others) {
      const serverSpan = () =>
        spans.find(
          ({ kind, attributes }) => kind === 'server' && attributes['halley.request.id'] === requestId,
        );
      const ofTrace = () => spans.filter(({ parentSpanId }) => parentSpanId === serverSpan()?.spanId);
      await until(() => serverSpan() !== undefined && ofTrace().length >= others);
      const found = serverSpan();
      if (!found) throw new Error('the span is gone');
      return { server: found, tries: ofTrace() };
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
