/**
 * One realtime session through its phases: authorize, dial, accept, relay, settle. However it ends, all that ran is
 * settled once. A revocation finds it from authorization until its connection is closed.
 */
import type { Admission, PresentedKey } from '../../access/access.ts';
import type { RequestContext } from '../../access/authorize.ts';
import type { InFlightRequest } from '../../access/in-flight-requests.ts';
import type { KeyPolicy } from '../../access/key-policy.ts';
import type { RunningSlot } from '../../access/rate-limits.ts';
import type { RequestOutcome } from '../../domain/request-outcome.ts';
import type { Exchange, SocketOffer } from '../../http/exchange.ts';
import { sendJson } from '../../http/send.ts';
import type { Timer } from '../../platform/clock.ts';
import { asHalleyError, HalleyError } from '../../platform/errors.ts';
import { errorHeaders } from '../../protocols/client/error-headers.ts';
import { openaiClientProtocol } from '../../protocols/client/openai.ts';
import type { JsonObject } from '../../protocols/protocol.ts';
import { rateLimitError } from '../rate-limit-headers.ts';
import { RequestTimeline } from '../request-timeline.ts';
import { plainSummary, plainTraceEnd } from '../trace-end.ts';
import { ClientFlow, checkModels } from './client-flow.ts';
import type { ClientSecret } from './client-secrets.ts';
import { Conversation } from './conversation.ts';
import { type Dialled, dialUpstream, groupsServing } from './dial.ts';
import { Lane } from './lane.ts';
import { internalError, Link, type LinkOwner, policyViolation } from './link.ts';
import { priceWithSound } from './prices.ts';
import type { RealtimeOptions } from './realtime-options.ts';
import { refuseInSocket } from './refuse-in-socket.ts';
import { UpstreamFlow } from './upstream-flow.ts';
import { Wire } from './wire.ts';

/** What a client asks for when it opens a socket. */
export interface AskedSession {
  readonly key: PresentedKey;
  readonly model: string;
  /** One of the offered ones. */
  readonly subprotocol: string | undefined;
  /** What a client secret adds: the key that it belongs to, the configuration to begin with, where it comes from. */
  readonly secret: Pick<ClientSecret, 'keyId' | 'config' | 'source'> | undefined;
}

/** Close codes of RFC 6455, 7.4.1. */
const normal = 1000;
const goingAway = 1001;
const notText = 1003;
/** Ends of an upstream that are none of its faults; 1005 = it gave no code. */
const orderly: ReadonlySet<number> = new Set([normal, goingAway, 1005]);

/** The status in logs and metrics of a session whose client left before it began. */
const statusClientGone = 499;

/** What there is once the client's socket is open. */
interface Open {
  readonly link: Link;
  readonly conversation: Conversation;
  readonly client: Wire;
  readonly upstream: Wire;
}

export class RealtimeSession implements InFlightRequest, LinkOwner {
  readonly isSocket = true;
  readonly #options: RealtimeOptions;
  readonly #exchange: Exchange;
  readonly #offer: SocketOffer;
  readonly #asked: AskedSession;
  context: RequestContext;
  #record: KeyPolicy | undefined;
  #slot: RunningSlot | undefined;
  #open: Open | undefined;
  #channel = '';
  readonly #dialling = new AbortController();
  #over = false;
  #ending: Promise<void> | undefined;
  #settled = Promise.withResolvers<void>();
  #timer: Timer | undefined;
  #lastEventAt = 0;
  readonly #timeline: RequestTimeline;

  constructor(options: RealtimeOptions, exchange: Exchange, offer: SocketOffer, asked: AskedSession) {
    this.#options = options;
    this.#exchange = exchange;
    this.#offer = offer;
    this.#asked = asked;
    this.context = { clientAddress: exchange.clientAddress, model: undefined };
    this.#timeline = new RequestTimeline(options.clock, exchange.startedAt, options.trace?.(exchange));
    exchange.connection.whenClosed(() => {
      this.#dialling.abort();
      if (!this.#open && !this.#over) {
        this.#over = true;
        this.#observe('client_gone', statusClientGone, undefined);
      }
      void this.#whenSettled().then(() => options.access.inFlightRequests.remove(this));
    });
  }

  async #whenSettled(): Promise<void> {
    this.finish('client_gone', undefined, normal);
    await this.#ending;
  }

  /** Runs the phases up to the relay; never rejects. */
  async run(): Promise<void> {
    const { access } = this.#options;
    const { req, clientAddress } = this.#exchange;
    let isSound = false;
    try {
      this.#offer.check();
      isSound = true;
      const found = access.find(this.#asked.key, req.socket, clientAddress);
      await access.whenCurrent(found, (admission) => this.#authorize(admission));
    } catch (thrown) {
      this.#refuse(asHalleyError(thrown), isSound && this.#asked.secret?.source === 'playground');
    }
  }

  // Authorize, before anything is dialled.

  async #authorize(admission: Admission): Promise<void> {
    const { access, rateLimits, ledger, clock } = this.#options;
    const { model, secret } = this.#asked;
    const { record } = admission;
    if (secret && secret.keyId !== record.keyId) {
      throw new HalleyError('invalid_api_key', { log: 'a client secret of another key' });
    }
    this.#record = record;
    this.context = { ...this.context, model };
    access.check(record, this.context);
    if (this.#over) return;
    access.inFlightRequests.add(this);
    priceWithSound(this.#options, model);
    const groups = groupsServing(this.#options, record, model);
    this.context = { ...this.context, groups };
    if (secret?.config) this.#checkConfig(secret.config, record);
    if (ledger.overdue) throw new HalleyError('store_unavailable', { log: 'records cannot be written' });
    const outcome = await rateLimits.begin(record.keyId, record.rateLimits, 0);
    if (!outcome.admitted) throw rateLimitError('openai', outcome, clock.now());
    this.#slot = outcome;
    const dialled = await this.#dial(record, groups);
    try {
      await access.whenCurrent(access.refresh(admission), (current) => this.#accept(current, dialled));
    } catch (thrown) {
      dialled.socket.terminate();
      throw thrown;
    }
  }

  #checkConfig(config: JsonObject, { models }: KeyPolicy): void {
    const { prices, unpriced } = this.#options;
    checkModels(config, { models: [this.#asked.model], known: 'off', prices, unpriced }, models);
  }

  #dial({ keyId }: KeyPolicy, groups: readonly string[]): Promise<Dialled> {
    const { rawHeaders } = this.#exchange.req;
    const { model } = this.#asked;
    const mayContinue = () => !this.#over && this.#options.access.mayContinue();
    const request = { model, keyId, groups, rawHeaders, mayContinue, timeline: this.#timeline };
    return dialUpstream(this.#options, request, this.#dialling.signal);
  }

  // Accept: the client's socket opens once the upstream's is open.

  #accept(admission: Admission, dialled: Dialled): void {
    const { access } = this.#options;
    access.check(admission.record, this.context);
    if (this.#over) {
      this.#slot?.cancel();
      dialled.socket.terminate();
      return;
    }
    this.#channel = dialled.target.channelName;
    if (access.endsRunning) this.#exchange.connection.carryOutput();
    this.#relay(admission, dialled, this.#offer.accept(this.#asked.subprotocol));
  }

  // Relay: two directions, each in its order.

  #relay(admission: Admission, { socket: far, target, group }: Dialled, near: Dialled['socket']): void {
    const { access, clock, slowClientMs } = this.#options;
    const { id: requestId, path, clientAddress } = this.#exchange;
    const { model, secret } = this.#asked;
    const source = secret?.source ?? '';
    const session = { requestId, path, clientAddress, source, target, group, trace: this.#timeline.trace };
    const conversation = new Conversation(this.#options, session, model);
    const client = new Wire(near, clock, slowClientMs, {
      onText: (text) => this.#heard(clientLane, text),
      onBinary: () => this.finish('error', new HalleyError('invalid_body', { message: onlyText }), notText),
      onFull: () => upstream.pause(),
      onDrain: () => upstream.resume(),
      onStalled: () => {
        this.#exchange.connection.reset();
        this.finish('client_stalled', undefined, normal);
      },
      onClosed: () => this.finish('client_gone', undefined, normal),
    });
    const upstream = new Wire(far, clock, slowClientMs, {
      onText: (text) => this.#heard(upstreamLane, text),
      onBinary: () => this.#upstreamBroke('a message that is not text'),
      onFull: () => client.pause(),
      onDrain: () => client.resume(),
      onStalled: () => this.#upstreamBroke('it reads nothing'),
      onClosed: (code) => this.#upstreamClosed(code),
    });
    const link = new Link({ access, admission, owner: this, conversation, client, upstream });
    const { prices, unpriced } = this.#options;
    const clientFlow = new ClientFlow(link, { models: [model, target.model], prices, unpriced, clock });
    const upstreamFlow = new UpstreamFlow(link, {
      secrets: target.secrets,
      config: secret?.config,
      onCreated: () => client.resume(),
      onIdle: () => this.#settled.resolve(),
      recorded: (written) => this.#recorded(written),
      mayContinue: () => access.mayContinue(),
      clock,
    });
    const clientLane = new Lane<Buffer>((text) => (this.#over ? undefined : clientFlow.handle(text)), client);
    const upstreamLane = new Lane<Buffer>((text) => upstreamFlow.handle(text), upstream);
    this.#open = { link, conversation, client, upstream };
    this.#watch();
    upstream.resume();
  }

  #heard(lane: Lane<Buffer>, text: Buffer): void {
    this.#lastEventAt = this.#options.clock.monotonic();
    lane.push(text);
  }

  #upstreamBroke(log: string): void {
    this.finish('upstream_broken', new HalleyError('upstream_broken', { log }), internalError);
  }

  #upstreamClosed(code: number): void {
    this.#settled.resolve();
    if (orderly.has(code)) this.finish('done', undefined, normal);
    else this.#upstreamBroke(`the upstream closed the socket with ${code}`);
  }

  /** @returns whether the record was written in time */
  async #recorded(written: Promise<void>): Promise<boolean> {
    const { waitsForRecord, recordMs, clock } = this.#options;
    if (!waitsForRecord) return true;
    let timer: Timer | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = clock.after(recordMs, () => resolve(false));
    });
    const outcome = await Promise.race([written.then(() => true), late]);
    timer?.cancel();
    return outcome;
  }

  /** Ends a session that is idle, of which one end is gone, or whose key has expired. */
  #watch(): void {
    const { clock, pingMs, idleMs } = this.#options;
    this.#lastEventAt = clock.monotonic();
    const look = () => {
      if (!this.#open || this.#over) return;
      const { client, link, upstream } = this.#open;
      // What it finds ends the session; a database that is not there is no answer.
      link.whenAllowed(() => undefined).catch(() => undefined);
      if (clock.monotonic() - this.#lastEventAt >= idleMs) {
        const message = `The session had no event for ${Math.round(idleMs / 1000)} s. Open a new one.`;
        this.finish('done', new HalleyError('request_timeout', { message }), normal);
      } else if (!client.ping()) {
        client.terminate();
        this.finish('client_gone', undefined, normal);
      } else if (!upstream.ping()) this.#upstreamBroke('it shows no sign of life');
      else this.#timer = clock.after(Math.min(pingMs, idleMs), look);
    };
    this.#timer = clock.after(Math.min(pingMs, idleMs), look);
  }

  get over(): boolean {
    return this.#over;
  }

  useModels(otherModels: readonly string[]): void {
    this.context = { ...this.context, otherModels };
  }

  sendError(error: HalleyError, eventId: string | undefined): void {
    if (!this.#over) this.#open?.client.send(this.#errorEvent(error, eventId));
  }

  #errorEvent(error: HalleyError, eventId: string | undefined): string {
    const { id: requestId } = this.#exchange;
    const { body } = openaiClientProtocol.renderError(error, { requestId, compat: this.#options.compat });
    const shown: unknown = JSON.parse(body).error;
    const event_id = this.#open?.link.newEventId();
    return JSON.stringify({
      type: 'error',
      event_id,
      error: { ...Object(shown), event_id: eventId ?? null },
    });
  }

  /**
   * Refuses the offer with a plain response.
   * @param asEvent in a socket that is opened for it alone
   */
  #refuse(error: HalleyError, asEvent = false): void {
    if (this.#open) {
      this.finish('error', error, internalError);
      return;
    }
    this.#slot?.cancel();
    if (this.#over) return;
    this.#over = true;
    const context = { requestId: this.#exchange.id, compat: this.#options.compat };
    const { status, body } = openaiClientProtocol.renderError(error, context);
    if (asEvent) {
      refuseInSocket(this.#offer.accept(this.#asked.subprotocol), this.#errorEvent(error, undefined));
    } else sendJson(this.#exchange, status, body, errorHeaders(error, this.#options.hasDocs));
    this.#observe('error', status, error);
  }

  // Settle: no frame more, and what ran is charged by what the upstream still reports, or by what was delivered.

  finish(outcome: RequestOutcome, error: HalleyError | undefined, closeCode: number): void {
    if (this.#over || !this.#open) return;
    this.#over = true;
    this.#timer?.cancel();
    const { client } = this.#open;
    if (error) client.send(this.#errorEvent(error, undefined));
    client.close(closeCode);
    // The client's own close frame may be behind others, which are ignored.
    client.readOn();
    this.#ending = this.#settle(this.#open, outcome, error);
  }

  async #settle(open: Open, outcome: RequestOutcome, error: HalleyError | undefined): Promise<void> {
    const { conversation, upstream } = open;
    const { clock, settleMs } = this.#options;
    if (conversation.isBusy && upstream.isOpen) {
      for (const response_id of conversation.runningIds) {
        upstream.send(JSON.stringify({ type: 'response.cancel', response_id }));
      }
      upstream.readOn();
      this.#settled = Promise.withResolvers();
      const timer = clock.after(settleMs, () => this.#settled.resolve());
      await this.#settled.promise;
      timer.cancel();
    }
    void conversation.settleRest(outcome, error);
    if (upstream.isOpen) upstream.close(normal);
    this.#slot?.end(0);
    this.#observe(outcome, error?.status ?? 200, error);
  }

  #observe(outcome: RequestOutcome, status: number, error: HalleyError | undefined): void {
    const { clock, observe } = this.#options;
    const end = { id: this.#exchange.id, operation: 'realtime.session', outcome, status };
    const totalMs = clock.monotonic() - this.#exchange.startedAt;
    const isOpened = this.#channel !== '';
    observe(
      {
        ...plainSummary({ ...end, model: this.context.model, totalMs }, this.#record, error),
        channel: isOpened ? this.#channel : undefined,
        attempts: isOpened ? 1 : 0,
      },
      plainTraceEnd(this.#timeline, outcome, this.#record),
    );
  }

  // Revocation.

  get keyId(): number {
    return this.#record?.keyId ?? 0;
  }

  get accountId(): number {
    return this.#record?.accountId ?? 0;
  }

  async cover(record: KeyPolicy): Promise<HalleyError | undefined> {
    return this.#open?.conversation.cover(record);
  }

  async abort(error: HalleyError, withinMs: number): Promise<void> {
    const { connection } = this.#exchange;
    this.#dialling.abort();
    if (!this.#open) {
      this.#refuse(error);
      return;
    }
    // What the client must have read counts up to here: the error that follows is no output.
    const mark = connection.bytesWritten;
    this.finish('cut', error, error.code === 'draining' ? goingAway : policyViolation);
    if (withinMs === 0) connection.reset();
    await Promise.all([withinMs > 0 && connection.deliver(mark, withinMs), this.#ending]);
  }
}

const onlyText = 'Messages must be text. Send events as JSON.';
