/** How the bench's own servers say where they listen, and how a free port is found for the gateway. */
import { createServer, type Server } from 'node:net';

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on TCP');
  return address.port;
}

/** Listens on any free port of 127.0.0.1 and sends `{ port }` to the process that started this one. */
export function announce(server: Server): void {
  server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () =>
    process.send?.({ port: portOf(server) }),
  );
  process.once('disconnect', () => process.exit());
}

/** A port that is free now. Another process could take it before it is used: then the start fails loudly. */
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
