/** Starts the parent of the workers with the settings of a command, and runs it until it has ended. */
import { lookup } from 'node:dns/promises';
import { BoundSocket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { listenReason } from '../../http/listen-reason.ts';
import { placeOf } from '../../http/listener.ts';
import { inheritedSockets } from '../../platform/inherited-sockets.ts';
import { createLog } from '../../platform/log.ts';
import type { SocketName } from '../../platform/parent-messages.ts';
import { loadSettings } from '../../platform/settings/load.ts';
import { lockDirectory } from '../../store/sqlite/directory-lock.ts';
import type { Context } from '../context.ts';
import { CliError, exitCodes } from '../exit-codes.ts';
import { handleSignals } from '../signals.ts';
import { Acceptor } from './acceptor.ts';
import { Parent } from './parent.ts';

const entry = fileURLToPath(new URL('../halley.ts', import.meta.url));

export interface RunParentOptions {
  /** The path of the settings file. */
  readonly config: string | undefined;
  /** Further words of the command line, which are settings. */
  readonly flags: readonly string[];
}

/**
 * @returns the exit code of the command
 * @throws SettingsError; CliError when it cannot listen; HalleyError when another process uses the data directory
 */
export async function runParent(context: Context, { config, flags }: RunParentOptions): Promise<number> {
  const { terminal, clock } = context;
  const { env } = terminal;
  const reload = () => loadSettings({ file: config, env, flags });
  const settings = reload();
  const log = createLog({ level: settings.log.level, isShared: true });
  // With SQLite the worker locks it.
  const lock = settings.database.url === undefined ? undefined : lockDirectory(settings.data_dir);
  const sockets = inheritedSockets(env, process.pid);
  const acceptor = async (name: SocketName, address: string | undefined) => {
    const place = sockets[name] ?? (address === undefined ? undefined : await bind(name, address));
    return place === undefined ? undefined : new Acceptor({ name, place, clock });
  };
  const acceptors = {
    main: await acceptor('main', settings.listen),
    metrics: await acceptor('metrics', settings.metrics.listen),
  };
  const parent = new Parent({
    command: [
      process.execPath,
      ...process.execArgv,
      entry,
      'serve',
      ...(config === undefined ? [] : ['--config', config]),
      ...flags,
    ],
    env,
    settings,
    reload,
    acceptors,
    clock,
    log,
  });
  // Node's own crash report is not redacted. The workers notice the end of this process, and drain.
  process.on('uncaughtException', (error) => {
    log.error({ error }, 'crashed');
    log.flush();
    process.exit(exitCodes.failure);
  });
  const end = () => parent.stop();
  handleSignals({ end, endNow: end, reload: () => parent.restart() }, clock);
  try {
    return await parent.run();
  } finally {
    await Promise.all([acceptors.main?.close(), acceptors.metrics?.close()]);
    lock?.release();
    log.flush();
  }
}

/** The setting that has the address of a socket. */
const settingOf = { main: 'listen', metrics: 'metrics.listen' } as const;

async function bind(name: SocketName, hostPort: string): Promise<BoundSocket> {
  const { host = '', port } = placeOf(hostPort);
  try {
    const { address } = await lookup(host);
    return new BoundSocket({ host: address, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CliError(
      exitCodes.failure,
      `Cannot listen on ${hostPort}: ${listenReason(code, settingOf[name])}.`,
    );
  }
}
