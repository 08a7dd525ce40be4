/** Checks whether the gateway could listen on its address, for `halley doctor` while none answers there. */
import { createServer } from 'node:net';
import { listenReason } from '../http/listen-reason.ts';
import { placeOf } from '../http/listener.ts';
import { type Finding, failed, ok } from './finding.ts';

/** Listens for a moment. @param listen as in the setting `listen`; port 0 is always free */
export async function checkPort(listen: string): Promise<Finding> {
  const check = 'port';
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(placeOf(listen), resolve);
    });
    await new Promise((resolve) => server.close(resolve));
    return ok(check, `${listen} is free.`);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    const held =
      code === 'EADDRINUSE'
        ? ' It may be the socket of a service manager (halley.socket), which is intended.'
        : '';
    return failed(check, `Cannot listen on ${listen}: ${listenReason(code, 'listen')}.${held}`);
  }
}
