/** Runs the load balancers of deploy/compose as shipped, except for addresses, ports and paths. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';

export interface Balancer {
  readonly name: 'nginx' | 'haproxy' | 'caddy';
  /** The main file in its folder. */
  readonly file: string;
  /** Whether it has no health check, so that a restart may cost a request. */
  readonly mayLose: boolean;
  readonly check: (file: string) => readonly string[];
  readonly run: (file: string) => readonly string[];
}

export const balancers: readonly Balancer[] = [
  {
    name: 'haproxy',
    file: 'haproxy.cfg',
    mayLose: false,
    check: (file) => ['-c', '-f', file],
    run: (file) => ['-db', '-f', file],
  },
  {
    name: 'caddy',
    file: 'Caddyfile',
    mayLose: false,
    check: (file) => ['validate', '--adapter', 'caddyfile', '--config', file],
    run: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
  },
  {
    name: 'nginx',
    file: 'nginx.conf',
    mayLose: true,
    check: (file) => ['-t', '-q', '-c', file],
    run: (file) => ['-c', file, '-g', 'daemon off;'],
  },
];

const deployed = join(import.meta.dirname, '../../deploy/compose');

/** @returns undefined when it is not installed */
export function programOf({ name }: Balancer): string | undefined {
  for (const place of [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']) {
    const path = join(place, name);
    if (spawnSync(path, [name === 'caddy' ? 'version' : '-v']).status === 0) return path;
  }
  return undefined;
}

/**
 * Adapts the shipped configuration to these nodes and this port.
 * @returns the directory
 */
function fitted({ name, file }: Balancer, nodePorts: readonly number[], port: number): string {
  const dir = mkdtempSync(join(tmpdir(), `halley-${name}-`));
  cpSync(join(deployed, name), dir, { recursive: true });
  const replaced: readonly (readonly [string | RegExp, string])[] = [
    ...nodePorts.map((each, index) => [`172.30.87.1${index + 1}:8787`, `127.0.0.1:${each}`] as const),
    [/^(\s*listen) 8080;/m, `$1 127.0.0.1:${port};`],
    [/^(\s*bind) :8080$/m, `$1 127.0.0.1:${port}`],
    [/^:8080 \{$/m, `:${port} {\n\tbind 127.0.0.1`],
    // The default administration port may be in use.
    [/^\{\n\t#/m, '{\n\tadmin off\n\t#'],
    ['pid /run/nginx.pid;', `pid ${dir}/pid;`],
    ['/dev/stderr', `${dir}/error.log`],
    ['/dev/stdout', `${dir}/access.log`],
    // A test may open fewer files than the service of compose.yaml.
    ['maxconn 16384', 'maxconn 4096'],
  ];
  for (const each of name === 'nginx' ? [file, 'upstream.conf'] : [file]) {
    const text = readFileSync(join(dir, each), 'utf8');
    writeFileSync(
      join(dir, each),
      replaced.reduce((changed, [from, to]) => changed.replace(from, to), text),
    );
  }
  return dir;
}

/** @returns the program's complaints about the configuration; empty without any */
export function configurationFaults(balancer: Balancer, program: string): string {
  const dir = fitted(balancer, [1, 2, 3], 8080);
  try {
    const { status, stdout, stderr } = spawnSync(program, balancer.check(join(dir, balancer.file)), {
      encoding: 'utf8',
    });
    return status === 0 ? '' : `${stdout}${stderr}`;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export interface RunningBalancer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a load balancer, with a poller of /readyz every second if compose.yaml has such a health check. */
export async function startBalancer(
  balancer: Balancer,
  program: string,
  nodePorts: readonly number[],
): Promise<RunningBalancer> {
  const port = await freePort();
  const dir = fitted(balancer, nodePorts, port);
  const child: ChildProcess = spawn(program, balancer.run(join(dir, balancer.file)), {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, HOME: dir, XDG_CONFIG_HOME: dir, XDG_DATA_HOME: dir },
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const ask = () => fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) });
  const isUp = () =>
    ask().then(
      ({ ok }) => ok,
      () => false,
    );
  await until(() => child.exitCode !== null || isUp(), 100);
  if (child.exitCode !== null) throw new Error(`${balancer.name} ended with ${child.exitCode}`);
  const asking = setInterval(() => {
    for (let node = 0; balancer.mayLose && node < nodePorts.length; node += 1)
      void ask().catch(() => undefined);
  }, 1000);
  return {
    url,
    async stop() {
      clearInterval(asking);
      child.kill('SIGTERM');
      await exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
