/**
 * Accepts connections, plain or over TLS, on a socket of its own, on one that a service manager holds open, or as its
 * parent passes them on.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsHttpServer } from 'node:https';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import type { ConnectionSource } from '../platform/parent-link.ts';
import type { Settings } from '../platform/settings/schema.ts';
import type { Certificate } from './certificate.ts';
import { quietTurn } from './quiet-turn.ts';
import { IdentifiedResponse } from './response.ts';

/** The address of a listening server. */
export interface Listening {
  /** Such as `127.0.0.1:8787` or `[::1]:8787`. */
  readonly hostPort: string;
  readonly port: number;
}

/**
 * Where connections come from: an address such as `127.0.0.1:8787` or `[::1]:0`, the file descriptor of a socket that
 * another process holds open, or the parent.
 */
export type ListenPlace = string | number | ConnectionSource;

export type NodeServer = Server<typeof IncomingMessage, typeof IdentifiedResponse>;

export interface ListenerOptions {
  readonly settings: Settings['http'];
  readonly clock: Clock;
  /** Undefined = plain HTTP. */
  readonly certificate: Certificate | undefined;
  /**
   * Called for each connection that can carry requests.
   * @param transport the TCP connection: `socket` itself, or what is below its TLS
   */
  readonly onConnection: (socket: Socket, transport: Socket) => void;
}

/** Bytes of a body read at a time, and bytes that may wait for a slow client. */
const high_water_mark_bytes = 65_536;

function httpOptions({ headers_ms, body_ms, keep_alive_ms }: Settings['http']) {
  return {
    ServerResponse: IdentifiedResponse,
    // Explicit, so that no flag given to Node can weaken it.
    httpValidation: 'strict',
    maxHeaderSize: limits.header_bytes_max,
    headersTimeout: Math.min(headers_ms, body_ms),
    requestTimeout: body_ms,
    connectionsCheckingInterval: Math.max(20, Math.min(1000, headers_ms / 10, body_ms / 10)),
    keepAliveTimeout: keep_alive_ms,
    highWaterMark: high_water_mark_bytes,
    noDelay: true,
    // hardening.ts checks it and responds with a body.
    requireHostHeader: false,
    // framing.ts hides offers where there is no WebSocket.
    shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
  } as const;
}

const tlsOptions = ({ cert, key }: Certificate) => ({
  cert,
  key,
  // Explicit, so that no flag given to Node can weaken it.
  minVersion: 'TLSv1.2' as const,
});

export class Listener {
  readonly server: NodeServer;
  readonly #options: ListenerOptions;
  readonly #tls: TlsHttpServer | undefined;
  /** TCP connections with a TLS handshake in progress, by their endpoints. */
  readonly #transports = new Map<string, Socket>();
  /** Connections since the start. */
  #accepted = 0;
  #place: ListenPlace = '';
  /** Connections of the parent that are open. */
  #passed = 0;

  constructor(options: ListenerOptions) {
    this.#options = options;
    const { settings, certificate } = options;
    if (certificate) this.#tls = this.#createTls(certificate);
    // Both emit the same events; their types have no common base.
    this.server = this.#tls ? (this.#tls as unknown as NodeServer) : createServer(httpOptions(settings));
    // Node would silently drop headers beyond a number. The total size is limited already.
    this.server.maxHeadersCount = 0;
    this.server.maxConnections = settings.connections_max;
    this.server.on('connection', (socket) => {
      this.#accepted += 1;
      if (this.#tls) this.#note(socket);
      else options.onConnection(socket, socket);
    });
  }

  #createTls(certificate: Certificate): TlsHttpServer {
    const { settings, onConnection } = this.#options;
    const server = createTlsServer({
      ...httpOptions(settings),
      ...tlsOptions(certificate),
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: settings.headers_ms,
      // As in Node's plain HTTP server: a client may close its side and keep reading.
      allowHalfOpen: true,
    } as Parameters<typeof createTlsServer>[0]);
    server.on('secureConnection', (socket) => {
      const ends = endsOf(socket);
      const transport = this.#transports.get(ends);
      this.#transports.delete(ends);
      if (transport) onConnection(socket, transport);
      else socket.destroy();
    });
    return server;
  }

  #note(transport: Socket): void {
    const ends = endsOf(transport);
    this.#transports.set(ends, transport);
    transport.on('error', ignore);
    transport.once('close', () => {
      if (this.#transports.get(ends) === transport) this.#transports.delete(ends);
    });
  }

  /** New connections get this certificate. */
  setCertificate(certificate: Certificate): void {
    this.#tls?.setSecureContext(tlsOptions(certificate));
  }

  /** @throws the system's error, such as EADDRINUSE */
  listen(place: ListenPlace): Promise<Listening> {
    this.#place = place;
    if (typeof place === 'object') return this.#takeFrom(place);
    const { server } = this;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ ...placeOf(place), backlog: limits.listen_backlog }, () => {
        server.removeListener('error', reject);
        const bound = server.address() as AddressInfo | string | null;
        if (bound === null || typeof bound === 'string') {
          reject(new Error('the socket that was passed is none of TCP (ListenStream= must be a port)'));
          return;
        }
        resolve(listeningAt(bound));
      });
    });
  }

  async #takeFrom(source: ConnectionSource): Promise<Listening> {
    // Node starts its time limits of headers and bodies with this event.
    this.server.emit('listening');
    const hostPort = await source.take((socket) => this.#take(socket));
    return { hostPort, port: Number(hostPort.slice(hostPort.lastIndexOf(':') + 1)) };
  }

  /** Does what Node does with a connection that it accepts itself. */
  #take(socket: Socket): void {
    const { server } = this;
    if (this.#passed >= server.maxConnections) {
      socket.destroy();
      server.emit('drop');
      return;
    }
    this.#passed += 1;
    socket.once('close', () => {
      this.#passed -= 1;
    });
    socket.allowHalfOpen = true;
    server.emit('connection', socket);
  }

  /**
   * Accepts no further connection. Connections in the queue of a socket that another process holds stay there. With
   * our own socket the kernel resets them, so this waits for a turn of the event loop in which none came.
   */
  async stopAccepting(): Promise<void> {
    const place = this.#place;
    if (typeof place === 'object') {
      await place.leave();
      return;
    }
    if (typeof place === 'string') await quietTurn(() => this.#accepted, this.#options.clock);
    // Not the method of HTTP servers, which also closes idle connections, on which a request may be on its way.
    NetServer.prototype.close.call(this.server);
  }

  /** @returns resolves when every connection is closed, which the caller ensures; handshakes are aborted */
  async close(): Promise<void> {
    if (typeof this.#place === 'object') await this.#place.leave();
    const closed = new Promise<void>((resolve) => void this.server.close(() => resolve()));
    for (const transport of this.#transports.values()) transport.destroy();
    await closed;
  }
}

function ignore(): void {}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

/** @returns the options of `listen` for `host:port` or the descriptor of an open socket */
export function placeOf(address: string | number) {
  if (typeof address === 'number') return { fd: address };
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(address.slice(colon + 1)) };
}

/** The address of a socket that listens. */
export function listeningAt({ address, port }: AddressInfo): Listening {
  return { hostPort: `${address.includes(':') ? `[${address}]` : address}:${port}`, port };
}
