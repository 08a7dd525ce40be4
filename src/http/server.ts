/**
 * The HTTP shell that every request passes before routing: limits, hardening, request id, client address, draining.
 * A request refused here never reaches the rest of the gateway.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Bag } from '../platform/bag.ts';
import type { Clock } from '../platform/clock.ts';
import { asHalleyError, HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { Log } from '../platform/log.ts';
import type { RandomBytes } from '../platform/random.ts';
import type { Settings } from '../platform/settings/schema.ts';
import type { Certificate } from './certificate.ts';
import { type ClientAddresses, createClientAddresses } from './client-address.ts';
import { Connection } from './connection.ts';
import type { CrossOrigin } from './cross-origin.ts';
import type { Exchange } from './exchange.ts';
import { Forwarding, type ForwardingFigures } from './forwarding.ts';
import { findFault } from './hardening.ts';
import { Listener, type Listening, type ListenPlace, type NodeServer } from './listener.ts';
import { type PlainCredentialFigures, PlainCredentials } from './plain-credentials.ts';
import { rawRefusal, refusalBody } from './refusal.ts';
import { createRequestIds, type RequestIds } from './request-id.ts';
import { IdentifiedResponse } from './response.ts';
import { sendJson } from './send.ts';
import { SendQueues } from './send-queues.ts';
import { socketOffer } from './web-socket.ts';

export interface HttpServerOptions {
  readonly settings: Settings['http'];
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Pick<Log, 'debug' | 'warn' | 'error'>;
  /** Called once for each request, one at a time on each connection. It must answer each eventually. */
  readonly handle: (exchange: Exchange) => void;
  /** Whether a path may become a WebSocket. Missing = none may. */
  readonly isSocketPath?: (path: string) => boolean;
  /** Undefined = no page of another origin may read responses. */
  readonly crossOrigin?: CrossOrigin | undefined;
  /** Undefined = plain HTTP. */
  readonly certificate?: Certificate | undefined;
}

export interface HttpServer {
  /** @throws the system's error, such as EADDRINUSE */
  listen(place: ListenPlace): Promise<Listening>;
  /** New connections get this certificate; open ones keep theirs. */
  setCertificate(certificate: Certificate): void;
  readonly draining: boolean;
  /** Requests being served, without those that arrived while draining. */
  readonly activeRequests: number;
  readonly forwarding: ForwardingFigures;
  readonly plainCredentials: PlainCredentialFigures;
  /** From now on every response closes its connection. */
  retire(): void;
  /**
   * Accepts no connection from now on, and goes on serving what arrives on those that are open. What the system has
   * queued stays there where the socket is held elsewhere, and is refused otherwise, so that a balancer goes to another
   * node, which it may not after a 503.
   * @returns resolves when no open connection is without a request, or after `limits.settle_ms_max`
   */
  stopAccepting(): Promise<void>;
  /**
   * From now on every response closes its connection and idle connections are closed. Unless `stopAccepting` was called,
   * the listener stays open until `close`, so that a client that connects meanwhile is answered (503, by
   * `handle`, which asks `draining`) and can tell a restart from a crash.
   * @returns resolves when no request that began before is running any more, or after `msMax`
   */
  drain(msMax: number): Promise<void>;
  /** Stops listening and closes every connection; those with output on the way get a moment to read its end. */
  close(): Promise<void>;
}

/** @throws SettingsError when `trusted_proxies` holds something that is no address or range */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  return new Shell(options);
}

class Shell implements HttpServer {
  readonly #options: HttpServerOptions;
  readonly #addresses: ClientAddresses;
  readonly #forwarding = new Forwarding();
  readonly #newId: RequestIds;
  readonly #plainCredentials: PlainCredentials;
  readonly #listener: Listener;
  readonly #connections = new Bag<Connection>();
  readonly #connectionOf = new WeakMap<Socket, Connection>();
  readonly #sendQueues = new SendQueues();
  #retired = false;
  #draining = false;
  #active = 0;
  #onIdle: (() => void) | undefined;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#addresses = createClientAddresses(options.settings.trusted_proxies);
    this.#newId = createRequestIds(options.clock, options.random);
    this.#plainCredentials = new PlainCredentials(options.log);
    const { settings, clock, certificate } = options;
    const onConnection = (socket: Socket, transport: Socket) => this.#onConnection(socket, transport);
    this.#listener = new Listener({ settings, clock, certificate, onConnection });
    this.#handleEvents(this.#listener.server);
  }

  #handleEvents(server: NodeServer): void {
    const onRequest = (req: IncomingMessage, res: IdentifiedResponse) => this.#onRequest(req, res);
    server.on('request', onRequest);
    server.on('checkContinue', onRequest);
    server.on('checkExpectation', (req, res) =>
      this.#onRequest(req, res, new HalleyError('malformed_request', { message: unknownExpectation })),
    );
    server.on('upgrade', (req, socket) => this.#onUpgrade(req, socket as Socket));
    // The kernel must not keep an idle connection whose last response may be unread.
    server.on('timeout', (socket: Socket) => socket.destroySoon());
    server.on('clientError', (error: NodeJS.ErrnoException, stream) =>
      this.#onClientError(error, stream as Socket),
    );
    const { connections_max } = this.#options.settings;
    server.on('drop', () =>
      this.#options.log.debug({ connections_max }, 'connection closed: too many connections'),
    );
  }

  #onConnection(socket: Socket, transport: Socket): void {
    const address = this.#addresses.normalise(socket.remoteAddress ?? '');
    const peer = { address, isTrustedProxy: this.#addresses.isTrusted(address) };
    const { clock, settings } = this.#options;
    const connection: Connection = new Connection({
      socket,
      transport,
      clock,
      peer,
      settings,
      sendQueues: this.#sendQueues,
      serve: (exchange) => this.#serve(exchange),
      isSocketPath: this.#options.isSocketPath ?? (() => false),
      onFault: (fault) => this.#refuseArriving(connection, socket, fault),
    });
    this.#connections.add(connection);
    this.#connectionOf.set(socket, connection);
    socket.once('close', () => {
      this.#connections.remove(connection);
      this.#connectionOf.delete(socket);
    });
  }

  #onRequest(req: IncomingMessage, res: IdentifiedResponse, known?: HalleyError): void {
    const connection = this.#connectionOf.get(req.socket);
    // Pipelined behind a refused request, so its beginning cannot be trusted.
    if (!connection || connection.refused) return;
    res.on('error', ignore);
    const fault = findFault(req) ?? known;
    const exchange = this.#exchangeOf(req, res, connection);
    if (fault) this.#refuse(connection, exchange, fault);
    else connection.add(exchange);
  }

  /** Node has let go of the socket. */
  #onUpgrade(req: IncomingMessage, socket: Socket): void {
    socket.on('error', ignore);
    const connection = this.#connectionOf.get(socket);
    if (!connection || connection.refused) {
      socket.destroy();
      return;
    }
    const head = connection.leaveHttp();
    const res = new IdentifiedResponse(req);
    res.assignSocket(socket);
    res.shouldKeepAlive = false;
    res.on('error', ignore);
    res.on('finish', () => socket.destroySoon());
    const fault = findFault(req, true);
    const exchange = this.#exchangeOf(req, res, connection);
    if (fault) this.#refuse(connection, exchange, fault);
    else connection.add({ ...exchange, offer: socketOffer(exchange, head) });
  }

  #exchangeOf(req: IncomingMessage, res: IdentifiedResponse, connection: Connection): Exchange {
    const id = this.#newId();
    res.requestId = id;
    const url = req.url ?? '/';
    const target = url.startsWith('/') ? url : originForm(url);
    const mark = target.indexOf('?');
    const path = mark === -1 ? target : target.slice(0, mark);
    const { crossOrigin } = this.#options;
    if (crossOrigin) res.addHeaders(crossOrigin.headersFor(path, req.headers));
    if (connection.isExposed) this.#plainCredentials.look(connection, req);
    const forwarded = this.#forwarding.believed(connection, req.headers['x-forwarded-for']?.toString());
    return {
      req,
      res,
      connection,
      id,
      startedAt: this.#options.clock.monotonic(),
      clientAddress:
        forwarded === undefined ? connection.peer : this.#addresses.forwarded(connection.peer, forwarded),
      isTrustedPeer: connection.isTrustedProxy,
      path,
      query: mark === -1 ? '' : target.slice(mark + 1),
    };
  }

  #serve(exchange: Exchange): void {
    if (this.#retired || this.#draining) exchange.res.shouldKeepAlive = false;
    if (!this.#draining) {
      this.#active += 1;
      exchange.res.on('close', this.#onServed);
    }
    try {
      this.#options.handle(exchange);
    } catch (thrown) {
      const error = asHalleyError(thrown);
      this.#options.log.error({ request_id: exchange.id, error: error.log }, 'a request handler threw');
      sendJson(exchange, error.status, refusalBody(error, exchange.id), error.headers);
    }
  }

  readonly #onServed = (): void => {
    this.#active -= 1;
    if (this.#active === 0) this.#onIdle?.();
  };

  #refuse(connection: Connection, exchange: Exchange, fault: HalleyError): void {
    connection.refuse(exchange);
    this.#logRefusal(exchange.id, connection, fault);
    sendJson(exchange, fault.status, refusalBody(fault, exchange.id), {
      ...fault.headers,
      connection: 'close',
    });
  }

  /** Answers bytes that never became a request, after the responses that are still due. */
  #refuseBytes(connection: Connection, socket: Socket, fault: HalleyError): void {
    connection.refuse(undefined);
    const id = this.#newId();
    this.#logRefusal(id, connection, fault);
    connection.whenIdle(() => {
      if (!socket.writable) return;
      socket.write(rawRefusal(fault, id, this.#options.clock.now()));
      socket.destroySoon();
    });
  }

  #logRefusal(id: string, connection: Connection, fault: HalleyError): void {
    this.#options.log.debug(
      { request_id: id, client: connection.peer, status: fault.status, error: fault.log ?? fault.message },
      'request refused',
    );
  }

  #onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    const connection = this.#connectionOf.get(socket);
    if (!connection || !socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
      return;
    }
    this.#refuseArriving(connection, socket, faultOf(error));
  }

  #refuseArriving(connection: Connection, socket: Socket, fault: HalleyError): void {
    if (connection.refused) return;
    const { arriving } = connection;
    if (!arriving) this.#refuseBytes(connection, socket, fault);
    else if (!arriving.res.headersSent) this.#refuse(connection, arriving, fault);
    // Its response is on the way, or out: a second one would be taken for that of another request.
    else socket.destroy();
  }

  listen(place: ListenPlace): Promise<Listening> {
    return this.#listener.listen(place);
  }

  setCertificate(certificate: Certificate): void {
    this.#listener.setCertificate(certificate);
  }

  get draining(): boolean {
    return this.#draining;
  }

  get activeRequests(): number {
    return this.#active;
  }

  get forwarding(): ForwardingFigures {
    return this.#forwarding.figures;
  }

  get plainCredentials(): PlainCredentialFigures {
    return this.#plainCredentials.figures;
  }

  retire(): void {
    this.#retired = true;
    for (const connection of this.#connections.all()) connection.closeAfterResponse();
  }

  async stopAccepting(): Promise<void> {
    await this.#listener.stopAccepting();
    const { clock } = this.#options;
    const beganAt = clock.monotonic();
    const isAwaited = () => this.#connections.filter((connection) => connection.isAwaited).length > 0;
    while (isAwaited() && clock.monotonic() - beganAt < limits.settle_ms_max) {
      await new Promise<void>((resolve) => void clock.after(limits.settle_look_ms, resolve));
    }
  }

  drain(msMax: number): Promise<void> {
    this.#draining = true;
    for (const connection of this.#connections.all()) connection.closeIfIdle();
    this.#listener.server.closeIdleConnections();
    for (const connection of this.#connections.all()) connection.closeAfterResponse();
    if (this.#active === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(msMax, resolve);
      const onIdle = () => {
        timer.cancel();
        resolve();
      };
      this.#onIdle = onIdle;
    });
  }

  async close(): Promise<void> {
    const left = this.#connections.all().map((connection) => connection.leave());
    await this.#listener.close();
    await Promise.all(left);
    await this.#sendQueues.close();
  }
}

const unknownExpectation = 'The only supported expectation is "100-continue".';

function ignore(): void {}

/** `http://host/path?query` -> `/path?query`; the host has been checked against the Host header. */
function originForm(target: string): string {
  const rest = target.replace(/^https?:\/\/[^/?]*/i, '');
  return rest.startsWith('/') || rest === '*' ? rest : `/${rest}`;
}

/** @param error from Node's parser or its time limits */
function faultOf(error: NodeJS.ErrnoException): HalleyError {
  const log = `${error.code}: ${error.message}`;
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new HalleyError('headers_too_large', { log });
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new HalleyError('body_too_large', { log });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HalleyError('request_timeout', { log });
    default:
      return new HalleyError('malformed_request', { log });
  }
}
