/** Types and requests that the scenarios share. */
import type { AnswerKind } from './answers.ts';
import { chatBody } from './answers.ts';
import type { Child } from './child.ts';
import type { Figure } from './figures.ts';
import type { Gateway } from './gateway.ts';
import type { LoadGenerator } from './load-generator.ts';
import type { LoadOrder, RequestShape } from './load-order.ts';

/** A relay under measurement. */
export interface Subject {
  readonly child: Child;
  readonly port: number;
  /** The API key for model requests. */
  readonly key: string;
  /** Absent for a bare relay. */
  readonly gateway?: Gateway;
}

export interface Bench {
  readonly load: LoadGenerator;
  readonly upstreamPort: number;
  /** Whether to run fewer and shorter rounds. */
  readonly quick: boolean;
  /** How often a comparison measures each side: at least seven times. */
  readonly rounds: number;
  /** Starts a bare relay. */
  startBare(): Promise<Subject>;
  /** Starts a fresh gateway, ready for chat requests; with `--noise` a second bare relay instead. */
  startSubject(env?: Readonly<Record<string, string>>): Promise<Subject>;
  /** The same with a gateway of the revision that `--against` names; absent without it. */
  readonly startBefore?: ((env?: Readonly<Record<string, string>>) => Promise<Subject>) | undefined;
  /** A directory for this run's files. */
  readonly scratch: string;
}

export interface Scenario {
  readonly name: string;
  /** Whether the scenario can measure a relay other than the gateway. */
  readonly anyRelay: boolean;
  /** Whether the scenario compares with another revision where `startBefore` is given. */
  readonly againstRevision?: true;
  run(bench: Bench): Promise<Figure[]>;
}

type Start = () => Promise<Subject>;

/** The relays that a figure compares, each to be started once or several times. */
export interface Starts {
  readonly now: Start;
  readonly bare: Start;
  readonly before: Start | undefined;
  readonly all: readonly Start[];
}

/** @param env settings of the gateways */
export function startsOf(bench: Bench, env: Readonly<Record<string, string>> = {}): Starts {
  const { startSubject, startBefore, startBare } = bench;
  const now = () => startSubject(env);
  const bare = () => startBare();
  const before = startBefore && (() => startBefore(env));
  return { now, bare, before, all: before ? [now, before, bare] : [now, bare] };
}

/** Builds a chat request; the key `{}` is a placeholder that an order fills in. */
export function chatRequest(kind: AnswerKind, key: string): RequestShape {
  return {
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', Accept: '*/*' },
    body: chatBody(kind),
  };
}

/** Chat requests in a closed loop, with each response checked byte for byte. */
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
