import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DCLinter } from 'dclint';
import { parse, parseDocument } from 'yaml';
import { loadSettings } from '../../src/platform/settings/load.ts';
import { maybeEmpty, nonEmpty } from '../support/non-empty.ts';

const root = join(import.meta.dirname, '../..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');

/** The result of the linter. The compiler options of this project cannot read its own types. */
interface LintResult {
  readonly messages: readonly { readonly type: string; readonly message: string }[];
}

interface Service {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly volumes: readonly string[];
  readonly ports?: readonly string[];
  readonly networks: { readonly fleet: { readonly ipv4_address: string } };
  readonly stop_grace_period?: string;
  readonly ulimits?: { nofile: unknown };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const readCompose = () => parse(text('deploy/compose/compose.yaml'), { merge: true }) as Compose;
const { services, volumes } = readCompose();
const nodes = Object.entries(services).filter(([name]) => name.startsWith('halley-'));
const addressOf = (service: Service | undefined) => service?.networks.fleet.ipv4_address;

/** Returns the text without comments. */
const directives = (path: string) => text(path).replaceAll(/^\s*#.*$/gm, '');

/** Substitutes `${NAME:?message}` and `${NAME}` as Compose does. */
const filled = (value: string, given: Readonly<Record<string, string>>) =>
  value.replaceAll(/\$\{(\w+)(?::[?-][^}]*)?\}/g, (_, name: string) => given[name] ?? assert.fail(name));

/** Returns what Compose would refuse in a file with this content. Ignores style. */
async function composeFaults(content: string): Promise<string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'halley-compose-'));
  try {
    const file = join(dir, 'compose.yaml');
    await writeFile(file, content);
    const linter = new DCLinter({ rules: {}, quiet: true, debug: false, exclude: [] });
    const results: readonly LintResult[] = linter.lintFiles([file], false);
    const messages = results.flatMap((result) => result.messages);
    return messages.filter(({ type }) => type === 'error').map(({ message }) => message);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

test('compose.yaml is valid for Compose, and the check finds invalid files', async () => {
  const content = text('deploy/compose/compose.yaml');
  const document = parseDocument(content, { merge: true });
  assert.deepEqual([...document.errors, ...document.warnings], []);
  assert.deepEqual(await composeFaults(content), []);

  const broken = (from: string, to: string) => composeFaults(content.replace(from, to));
  assert.match(String(await broken('healthcheck:', 'healthchek:')), /additional properties/);
  assert.match(String(await broken('image: postgres:18', 'image: 18')), /must be string/);
  assert.match(String(await broken('retries: 3', 'retries: [3]')), /must be number/);
});

test('each node has valid settings, a data directory of its own, and time to stop', () => {
  assert.equal(nodes.length, 3);
  const given: Record<string, string> = { POSTGRES_PASSWORD: 'secret1' };
  for (const [, name, value] of text('deploy/compose/.env.example').matchAll(/^(\w+)=(.*)$/gm)) {
    given[name ?? ''] ||= filled(value ?? '', given);
  }
  given.HALLEY_SERVER_SECRET ||= '0'.repeat(64);
  given.HALLEY_BOOTSTRAP_TOKEN ||= 'token-of-a-test-1';
  const dirs = new Set<string | undefined>();
  for (const [name, { environment = {}, volumes: mounts, stop_grace_period }] of nonEmpty(nodes)) {
    const env = Object.entries(environment).map(([key, value]) => [key, filled(value, given)]);
    const settings = loadSettings({ env: Object.fromEntries(env) });
    const { delay_ms, drain_ms } = settings.shutdown;
    assert.ok(delay_ms > 0);
    assert.ok(Number.parseInt(stop_grace_period ?? '', 10) * 1000 >= delay_ms + drain_ms + 10_000);
    assert.equal(settings.database.url, 'postgres://halley:secret1@postgres:5432/halley');
    assert.equal(settings.fleet.node_name, name);
    assert.deepEqual(settings.http.trusted_proxies, [addressOf(services.nginx)]);
    dirs.add(mounts.find((mount) => mount.endsWith(':/var/lib/halley')));
  }
  assert.equal(dirs.size, 3);
  assert.match(text('Dockerfile'), /HALLEY_DATA_DIR=\/var\/lib\/halley /);
});

test('every service waits for health, keeps its data in a volume that is declared, and is not open to the world', () => {
  for (const [name, { healthcheck, volumes: mounts, ports = [], image }] of nonEmpty(
    Object.entries(services),
  )) {
    if (image.startsWith('halley') || name === 'postgres') assert.ok(healthcheck?.test.length, name);
    for (const mount of maybeEmpty(mounts)) {
      const [source = ''] = mount.split(':');
      const isThere = source.startsWith('.')
        ? existsSync(join(root, 'deploy/compose', source))
        : Object.hasOwn(volumes, source);
      assert.ok(isThere, `${name}: ${mount}`);
    }
    for (const port of maybeEmpty(ports)) assert.match(port, /^127\.0\.0\.1:/, name);
  }
  nonEmpty(Object.values(services).flatMap(({ ports = [] }) => ports));
  assert.match(services.postgres?.image ?? '', /^postgres:18/);
  assert.deepEqual(services.postgres?.volumes, ['postgres:/var/lib/postgresql']);
});

test('HAProxy, nginx, Caddy and Prometheus go to the nodes at their addresses', () => {
  const addresses = nodes.map(([, service]) => addressOf(service));
  const targets = (path: string, port: number) =>
    [...directives(path).matchAll(/[\d.]+:\d+/g)].map(String).filter((each) => each.endsWith(`:${port}`));
  const serving = addresses.map((address) => `${address}:8787`);
  assert.deepEqual(targets('deploy/compose/nginx/upstream.conf', 8787), serving);
  assert.deepEqual(targets('deploy/compose/caddy/Caddyfile', 8787), serving);
  assert.deepEqual(targets('deploy/compose/haproxy/haproxy.cfg', 8787), serving);
  assert.deepEqual(
    targets('deploy/prometheus/prometheus.yaml', 9090),
    addresses.map((address) => `${address}:9090`),
  );
  assert.equal(addressOf(services.caddy), addressOf(services.nginx));
  assert.equal(addressOf(services.haproxy), addressOf(services.nginx));
});

test('nginx repeats no request that a node may have begun, and buffers nothing', () => {
  const conf = directives('deploy/compose/nginx/nginx.conf');
  assert.doesNotMatch(conf, /non_idempotent/);
  assert.match(conf, /proxy_set_header X-Forwarded-Proto \$scheme;/);
  for (const line of [
    'proxy_request_buffering off;',
    'proxy_buffering off;',
    'proxy_http_version 1.1;',
    'proxy_set_header Connection "";',
    'proxy_set_header X-Forwarded-For $remote_addr;',
    'client_max_body_size 0;',
  ]) {
    assert.ok(conf.includes(line), line);
  }
  // The query may contain keys.
  assert.doesNotMatch(conf, /\$(?:request|request_uri|args|query_string)\b/);
  assert.match(conf, /error_log \S+ crit;/);
});

test('idle connections of nginx end before the nodes close them', () => {
  const [, seconds] =
    /keepalive_timeout (\d+)s;/.exec(directives('deploy/compose/nginx/upstream.conf')) ?? [];
  for (const [name, { environment }] of nonEmpty(nodes)) {
    assert.ok(Number(seconds) * 1000 < Number(environment?.HALLEY_SHUTDOWN_DELAY_MS), name);
  }
});

/** Returns a timeout in seconds for the requests of a location. */
const waitOf = (location: string) => {
  const conf = directives('deploy/compose/nginx/nginx.conf');
  const block = conf.slice(conf.indexOf(`location ${location} {`));
  return Number(/proxy_read_timeout (\d+)s;/.exec(block.slice(0, block.indexOf('}')))?.[1]);
};

test('a request to a stopped node waits for minutes only if a model may take so long', () => {
  assert.ok(waitOf('~ ^/v1(beta)?/') >= 600);
  assert.ok(waitOf('/api/channel/test') >= 600);
  assert.ok(waitOf('/') <= 10);
  assert.ok(waitOf('= /readyz') <= 1);
  const haproxy = directives('deploy/compose/haproxy/haproxy.cfg');
  assert.match(haproxy, /timeout server 600s/);
  assert.match(haproxy, /set-timeout server 10s if \{ path_beg \/api\/ \}/);
});

test('a node whose /readyz fails gets no requests, and a 503 of another path does not count', () => {
  const conf = directives('deploy/compose/nginx/nginx.conf');
  assert.deepEqual(
    conf.match(/^.*http_503.*$/gm)?.map((line) => line.trim()),
    ['proxy_next_upstream error timeout http_503;'],
  );
  assert.match(conf, /location = \/readyz \{[^}]*http_503/);
  assert.match(directives('deploy/compose/nginx/upstream.conf'), /max_fails=1 fail_timeout=5s/);
  assert.match(String(services.nginx?.healthcheck?.test), /127\.0\.0\.1:8080\/readyz/);
  const haproxy = directives('deploy/compose/haproxy/haproxy.cfg');
  assert.match(haproxy, /http-check send meth GET uri \/readyz/);
  assert.match(haproxy, /disable-l7-retry unless METH_GET/);
  assert.match(haproxy, /on-marked-down shutdown-sessions/);
  assert.doesNotMatch(haproxy, /%HU|%HQ|%r\b|capture\.req\.uri/);
});

test('Caddy repeats only GET, forwards client disconnects, and checks the health of nodes', () => {
  const file = directives('deploy/compose/caddy/Caddyfile');
  assert.doesNotMatch(file, /lb_retry_match|flush_interval|request_buffers|response_buffers/);
  assert.match(file, /health_uri \/readyz/);
});

test('the image has the Node of the test suite, and everything a node needs', () => {
  const image = text('Dockerfile');
  const { dependencies } = JSON.parse(text('package.json')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  for (const [, major] of nonEmpty(image.matchAll(/^ARG NODE_IMAGE=node:(\d+)-slim$/gm)))
    assert.equal(major, dependencies.node?.split('.')[0]);
  assert.match(image, /^USER 1000:1000$/m);
  const ignored = text('.dockerignore').split('\n');
  for (const [, sources = ''] of nonEmpty(image.matchAll(/^COPY (?!--from)(.+) \S+$/gm))) {
    for (const source of nonEmpty(sources.split(' '))) {
      assert.ok(existsSync(join(root, source)), source);
      assert.ok(ignored.includes(`!${source}`) || ignored.includes(`!${source.split('/')[0]}`), source);
    }
  }
});
