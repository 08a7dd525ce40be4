/**
 * Circuits of one channel, in parts that fail independently: its connections, and each model for each kind of
 * operation. Failures caused by one API key alone open the circuit for that key only. Pure.
 */
import { limits } from '../platform/limits.ts';
import { Circuit, type CircuitRules } from './health.ts';
import type { AttemptOutcome } from './upstreams.ts';

/** The API key of a request, and what it requests. */
export interface Use {
  /** The kind of operation; undefined for an auxiliary one, whose failures do not count. */
  readonly kind: string | undefined;
  /** The model's name at the upstream. */
  readonly model: string;
  /** The API key of the request. */
  readonly keyId: number;
}

/** An upstream model whose circuit is open, for all API keys or for some. Times are those of the monotonic clock. */
export interface RestingModel {
  readonly model: string;
  readonly forAll: boolean;
  readonly until: number;
}

export interface CircuitRests {
  /** Until when nothing is sent to the channel; undefined = it can be connected to. */
  readonly connection: number | undefined;
  readonly models: readonly RestingModel[];
}

/** The circuits of one model for one kind of operation. */
class ModelCircuits {
  readonly #rules: CircuitRules;
  /** The circuit for all API keys. */
  readonly shared: Circuit;
  /** By API key, least recently failed first. */
  readonly #byKey = new Map<number, Circuit>();
  /** The only API key among the consecutive failures; undefined when there are several, or none. */
  #soleKey: number | undefined;

  constructor(rules: CircuitRules) {
    this.#rules = rules;
    this.shared = new Circuit(rules);
  }

  get isOpen(): boolean {
    return this.shared.isOpen || this.#byKey.values().some(({ isOpen }) => isOpen);
  }

  /** When all of its open circuits may be probed. */
  get openUntil(): number {
    const own = [...this.#byKey.values()].map(({ openUntil }) => openUntil ?? 0);
    return Math.max(this.shared.openUntil ?? 0, ...own);
  }

  get isBlank(): boolean {
    return this.shared.failures === 0 && this.#byKey.size === 0;
  }

  mayTry(keyId: number, now: number): boolean {
    return this.shared.mayTry(now) && (this.#byKey.get(keyId)?.mayTry(now) ?? true);
  }

  begin(keyId: number, now: number): void {
    this.shared.begin(now);
    this.#byKey.get(keyId)?.begin(now);
  }

  succeed(keyId: number): void {
    this.shared.succeed();
    this.#byKey.delete(keyId);
  }

  fail(keyId: number, now: number): void {
    const first = this.shared.failures === 0;
    this.#soleKey = first || this.#soleKey === keyId ? keyId : undefined;
    this.shared.fail(now, this.#soleKey === undefined);
    const own = this.#byKey.get(keyId) ?? new Circuit(this.#rules);
    own.fail(now);
    this.#byKey.delete(keyId);
    this.#byKey.set(keyId, own);
    if (this.#byKey.size <= limits.circuit_keys_max) return;
    for (const oldest of this.#byKey.keys()) {
      this.#byKey.delete(oldest);
      break;
    }
  }
}

export class ChannelCircuits {
  readonly #rules: CircuitRules;
  readonly #connection: Circuit;
  /** By kind and model; only those with failures. The models are those of the channel, so they are bounded. */
  readonly #byKind = new Map<string, Map<string, ModelCircuits>>();

  constructor(rules: CircuitRules) {
    this.#rules = rules;
    this.#connection = new Circuit(rules);
  }

  /** Whether nothing has failed. Cheap. */
  get isBlank(): boolean {
    return this.#byKind.size === 0 && this.#connection.failures === 0;
  }

  /** The highest number of consecutive failures of any part. */
  get failures(): number {
    let most = this.#connection.failures;
    for (const { circuits } of this.#all()) most = Math.max(most, circuits.shared.failures);
    return most;
  }

  /** Whether the channel cannot be connected to, which affects all of its models. */
  get disconnected(): boolean {
    return this.#connection.isOpen;
  }

  /** Lists upstream models with an open circuit for some kind of operation, for all API keys or for one. */
  openModels(): readonly { readonly model: string; readonly forAll: boolean }[] {
    const found = new Map<string, boolean>();
    for (const { model, circuits } of this.#all()) {
      if (circuits.isOpen) found.set(model, found.get(model) === true || circuits.shared.isOpen);
    }
    return [...found].map(([model, forAll]) => ({ model, forAll }));
  }

  /** What rests, and until when; of a model, the circuit that is open longest. */
  rests(): CircuitRests {
    const models = new Map<string, RestingModel>();
    for (const { model, circuits } of this.#all()) {
      if (!circuits.isOpen) continue;
      const known = models.get(model);
      const forAll = circuits.shared.isOpen || known?.forAll === true;
      models.set(model, { model, forAll, until: Math.max(circuits.openUntil, known?.until ?? 0) });
    }
    return { connection: this.#connection.openUntil, models: [...models.values()] };
  }

  *#all(): Generator<{ model: string; circuits: ModelCircuits }> {
    for (const byModel of this.#byKind.values())
      for (const [model, circuits] of byModel) yield { model, circuits };
  }

  #find({ kind, model }: Use): ModelCircuits | undefined {
    return kind === undefined ? undefined : this.#byKind.get(kind)?.get(model);
  }

  mayTry(use: Use, now: number): boolean {
    if (!this.#connection.mayTry(now)) return false;
    return this.#byKind.size === 0 || (this.#find(use)?.mayTry(use.keyId, now) ?? true);
  }

  begin(use: Use, now: number): void {
    if (use.kind === undefined) return;
    this.#connection.begin(now);
    this.#find(use)?.begin(use.keyId, now);
  }

  report(use: Use, outcome: AttemptOutcome, now: number): void {
    if (outcome === 'connect_failed') {
      this.#connection.fail(now);
      return;
    }
    this.#connection.succeed();
    if (use.kind === undefined) return;
    if (outcome === 'broken' || outcome === 'server_error' || outcome === 'timeout') {
      this.#failing(use.kind, use.model).fail(use.keyId, now);
      return;
    }
    const circuits = this.#find(use);
    circuits?.succeed(use.keyId);
    if (circuits?.isBlank) this.#forget(use.kind, use.model);
  }

  #failing(kind: string, model: string): ModelCircuits {
    const byModel = this.#byKind.get(kind) ?? new Map<string, ModelCircuits>();
    this.#byKind.set(kind, byModel);
    const circuits = byModel.get(model) ?? new ModelCircuits(this.#rules);
    byModel.set(model, circuits);
    return circuits;
  }

  #forget(kind: string, model: string): void {
    const byModel = this.#byKind.get(kind);
    byModel?.delete(model);
    if (byModel?.size === 0) this.#byKind.delete(kind);
  }
}
