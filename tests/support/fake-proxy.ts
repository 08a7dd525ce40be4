/** A real HTTP proxy for tests: opens tunnels by CONNECT to ports of this machine, whatever their host, and remembers. */
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface TunnelRequest {
  /** Host and port that were asked for. */
  readonly authority: string;
  readonly hostHeader: string | undefined;
  readonly authorization: string | undefined;
  /** What came from the gateway through the tunnel so far. */
  sent(): Buffer;
}

export interface FakeProxy {
  /** Such as `127.0.0.1:40123`. */
  readonly address: string;
  readonly requests: readonly TunnelRequest[];
  /** Methods of requests that were no CONNECT. */
  readonly others: readonly string[];
  /** Refuses tunnels with this status from now on; undefined = opens them. */
  refuseWith(status: number | undefined): void;
  close(): Promise<void>;
}

/** @param credentials what it asks for, as `user:password`; undefined = nothing */
export async function startFakeProxy(credentials?: string): Promise<FakeProxy> {
  const requests: TunnelRequest[] = [];
  const others: string[] = [];
  const sockets = new Set<Socket>();
  let refusal: number | undefined;
  const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;

  const server = createServer((request, response) => {
    others.push(request.method ?? '');
    response.writeHead(501).end();
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.on('connect', (request, stream, head) => {
    const chunks: Buffer[] = [head];
    const authorization = request.headers['proxy-authorization'];
    const authority = request.url ?? '';
    const sent = () => Buffer.concat(chunks);
    requests.push({ authority, hostHeader: request.headers.host, authorization, sent });
    const status = refusal ?? (authorization === wanted ? undefined : 407);
    if (status !== undefined) {
      stream.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const upstream = connect(Number(/:(\d+)$/.exec(authority)?.[1]), '127.0.0.1', () => {
      stream.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(stream);
      stream.pipe(upstream);
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    });
    sockets.add(upstream);
    upstream.on('error', () => stream.destroy()).on('close', () => stream.destroy());
    stream.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    others,
    refuseWith: (status) => {
      refusal = status;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
