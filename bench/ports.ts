/** Reports ports of the bench's servers and finds a free port for the gateway. */
import { createServer, type Server } from 'node:net';

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on TCP');
  return address.port;
}

/** Listens on any free port of 127.0.0.1 and sends `{ port }` to the parent process. */
export function announce(server: Server): void {
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () =>
    process.send?.({ port: portOf(server) }),
  );
  process.once('disconnect', () => process.exit());
}

/** Returns a port that is free now. If another process takes it meanwhile, the start fails with an error. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const port = portOf(server);
      server.close(() => resolve(port));
    });
  });
}
