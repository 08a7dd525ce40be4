/** What every scenario is given, and what is measured: a process that answers chat requests. */
import type { AnswerKind } from './answers.ts';
import { chatBody } from './answers.ts';
import type { Child } from './child.ts';
import type { Figure } from './figures.ts';
import type { LoadGenerator } from './load-generator.ts';
import type { LoadOrder, RequestShape } from './load-order.ts';

/** A relay under measurement. */
export interface Subject {
  readonly child: Child;
  readonly port: number;
  /** The key that opens model requests. */
  readonly key: string;
}

export interface Bench {
  readonly load: LoadGenerator;
  readonly upstreamPort: number;
  /** Short rounds, fewer of them. */
  readonly quick: boolean;
  /** Starts a bare relay. */
  startBare(): Promise<Subject>;
  /** Starts a fresh gateway, ready for chat requests; with `--noise` another bare relay in its place. */
  startSubject(env?: Readonly<Record<string, string>>): Promise<Subject>;
  /** A directory for this run's files. */
  readonly scratch: string;
}

export interface Scenario {
  readonly name: string;
  /** Whether it can measure something that is not the gateway. */
  readonly anyRelay: boolean;
  run(bench: Bench): Promise<Figure[]>;
}

/** A chat request; `{}` as the key lets an order fill it in. */
export function chatRequest(kind: AnswerKind, key: string): RequestShape {
  return {
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', Accept: '*/*' },
    body: chatBody(kind),
  };
}

/** Chat requests in a closed loop, each answer checked byte for byte. */
export function chatOrder(subject: Subject, kind: AnswerKind, connections: number, ms: number): LoadOrder {
  const request = chatRequest(kind, subject.key);
  return {
    port: subject.port,
    connections,
    request,
    status: 200,
    answer: kind,
    mode: { kind: 'closed', ms },
  };
}
