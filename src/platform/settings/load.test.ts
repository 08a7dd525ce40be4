import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { loadSettings, resolveSettings, SettingsError, type SettingsSources } from './load.ts';
import { settingList } from './reference.ts';
import { settingsSchema } from './schema.ts';

const directory = mkdtempSync(join(tmpdir(), 'halley-settings-'));
after(() => rmSync(directory, { recursive: true }));

/** Loads the settings with `yaml` as the named file and the given `env` and `flags`. */
function load(yaml: string, env: SettingsSources['env'] = {}, flags: readonly string[] = []) {
  writeFileSync(join(directory, 'test.yaml'), yaml);
  return resolveSettings({ file: 'test.yaml', env, flags, directory });
}

function problemsOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    return error.problems;
  }
  assert.fail('the settings were accepted');
}

test('every setting has its default without a source', () => {
  assert.deepEqual(loadSettings({ env: {}, directory }), settingsSchema.parse({}));
});

test('a flag overrides the environment, which overrides the file', () => {
  const yaml = 'listen: file:1\ndata_dir: from-file\nlog:\n  level: warn\n';
  const env = { HALLEY_LISTEN: 'env:2', HALLEY_DATA_DIR: 'from-env', HALLEY_BOOTSTRAP_TOKEN: 'a'.repeat(16) };
  const { settings, effective } = load(yaml, env, ['--listen', 'flag:3']);
  assert.equal(settings.listen, 'flag:3');
  assert.equal(settings.data_dir, 'from-env');
  assert.equal(settings.log.level, 'warn');
  assert.equal(settings.log.requests, true);
  const rows = new Map(effective.map((row) => [row.name, row]));
  assert.equal(rows.get('listen')?.source, '--listen');
  assert.equal(rows.get('data_dir')?.source, 'HALLEY_DATA_DIR');
  assert.equal(rows.get('log.level')?.source, 'test.yaml: log.level');
  assert.equal(rows.get('log.requests')?.source, 'default');
  assert.equal(rows.get('bootstrap_token')?.value, '[redacted]');
  assert.equal(rows.get('server_secret')?.value, null);
});

test('flags take = or a space, dashes or underscores, and a boolean alone is true', () => {
  const flags = ['--revocation.in-flight=drain', '--keys.per_account_max', '7', '--upstreams.allow-private'];
  const { settings } = load('', {}, flags);
  assert.equal(settings.revocation.in_flight, 'drain');
  assert.equal(settings.keys.per_account_max, 7);
  assert.equal(settings.upstreams.allow_private, true);
  assert.equal(load('', {}, ['--demo.enabled', 'false']).settings.demo.enabled, false);
});

test('reads a former name or value, with a warning that gives the replacement', () => {
  const inFile = load('upstreams:\n  rest_ms: 7\nrevocation:\n  in_flight: cut\n');
  assert.equal(inFile.settings.upstreams.cooldown_ms, 7);
  assert.equal(inFile.settings.revocation.in_flight, 'abort');
  assert.deepEqual(inFile.warnings, [
    'test.yaml: upstreams.rest_ms is a former name. Write upstreams.cooldown_ms instead.',
    'test.yaml: revocation.in_flight is "cut", a former value. Write abort instead.',
  ]);
  const effective = new Map(inFile.effective.map((row) => [row.name, row.value]));
  assert.equal(effective.get('revocation.in_flight'), 'abort');
  const elsewhere = load('', { HALLEY_UPSTREAMS_REST_MS: '8' }, ['--upstreams.rest-after-failures=9']);
  assert.equal(elsewhere.settings.upstreams.cooldown_ms, 8);
  assert.equal(elsewhere.settings.upstreams.open_after_failures, 9);
  assert.deepEqual(elsewhere.warnings, [
    'HALLEY_UPSTREAMS_REST_MS is a former name. Write HALLEY_UPSTREAMS_COOLDOWN_MS instead.',
    '--upstreams.rest-after-failures is a former name. Write --upstreams.open-after-failures instead.',
  ]);
  assert.deepEqual(load('').warnings, []);
});

test('refuses a former name next to the present one in one source; between sources the later one wins', () => {
  assert.deepEqual(
    problemsOf(() => load('upstreams:\n  rest_ms: 7\n  cooldown_ms: 8\n')),
    [
      'test.yaml: upstreams.rest_ms and test.yaml: upstreams.cooldown_ms are the same setting. Write it once.',
    ],
  );
  const { settings } = load('upstreams:\n  cooldown_ms: 7\n', { HALLEY_UPSTREAMS_REST_MS: '8' });
  assert.equal(settings.upstreams.cooldown_ms, 8);
});

test('lists are comma separated or JSON, in environment and flags', () => {
  assert.deepEqual(load('', { HALLEY_GROUPS_SELECTABLE: 'a, b' }).settings.groups.selectable, ['a', 'b']);
  assert.deepEqual(load('', {}, ['--groups.selectable=["a,b"]']).settings.groups.selectable, ['a,b']);
  assert.deepEqual(load('', { HALLEY_GROUPS_SELECTABLE: '[]' }).settings.groups.selectable, []);
  assert.match(problemsOf(() => load('', { HALLEY_GROUPS_SELECTABLE: '["a"' }))[0] ?? '', /a list of/);
});

test('lists every problem of every source, with the setting as written, its value and the allowed values', () => {
  const yaml = 'http:\n  headers_ms: 0\n  body_byts_max: 5\nkeys: 3\n';
  const problems = problemsOf(() =>
    load(yaml, { HALLEY_LISTN: 'x:1', HALLEY_LOG_REQUESTS: 'yes' }, ['--log.level=loud', '--demo', 'stray']),
  );
  assert.deepEqual(problems, [
    'test.yaml: http.body_byts_max is not a setting. Did you mean http.body_bytes_max?',
    'test.yaml: keys is a section; write its settings below it, indented.',
    'HALLEY_LISTN is not a setting. Did you mean HALLEY_LISTEN?',
    '--demo is not a flag. See docs/reference/configuration.md for all settings.',
    'test.yaml: http.headers_ms is 0. Allowed: a whole number from 1 to 86,400,000.',
    'HALLEY_LOG_REQUESTS is "yes". Allowed: `true` or `false`.',
    '--log.level is "loud". Allowed: `debug` or `info` or `warn` or `error` or `silent`.',
  ]);
});

test('refuses an invalid value even if a later source overrides it', () => {
  const problems = problemsOf(() => load('listen: nowhere\n', { HALLEY_LISTEN: '127.0.0.1:1' }));
  assert.deepEqual(problems, [
    'test.yaml: listen is "nowhere". It must be host:port, such as 127.0.0.1:8787.',
  ]);
});

test('refuses a port above 65535 and a proxy that is not an address', () => {
  assert.match(problemsOf(() => load('', { HALLEY_LISTEN: '127.0.0.1:65536' }))[0] ?? '', /0 to 65535/);
  assert.match(
    problemsOf(() => load('', { HALLEY_HTTP_TRUSTED_PROXIES: '10.0.0.0/8,10.0.0.0/33' }))[0] ?? '',
    /addresses and CIDR ranges/,
  );
});

test('never repeats secrets and does not accept them on the command line', () => {
  const secret = 'short-secret !!';
  const sources: [string, SettingsSources['env'], string[]][] = [
    [`bootstrap_token: "${secret}"\n`, {}, []],
    [`server_secret: "${secret}"\n`, {}, []],
    ['', { HALLEY_SERVER_SECRET: secret }, []],
    ['', {}, ['--bootstrap-token', secret]],
    ['', {}, [`--server-secret=${secret}`]],
    ['', {}, [secret]],
  ];
  for (const [yaml, env, flags] of sources) {
    const problems = problemsOf(() => load(yaml, env, flags));
    assert.equal(problems.length, 1);
    assert.ok(!problems[0]?.includes('short-secret'), String(problems));
  }
});

test('ignores variables of the command line and of Kubernetes services, and empty ones', () => {
  const env = {
    HALLEY_URL: 'http://x',
    HALLEY_TOKEN: 't',
    HALLEY_TOKEN_FILE: 'f',
    HALLEY_PROFILE: 'p',
    HALLEY_PORT: 'tcp://10.0.0.1:80',
    HALLEY_PORT_80_TCP: 'tcp://10.0.0.1:80',
    HALLEY_PORT_80_TCP_ADDR: '10.0.0.1',
    HALLEY_SERVICE_HOST: '10.0.0.1',
    HALLEY_SERVICE_PORT: '80',
    HALLEY_BOOTSTRAP_TOKEN: '',
  };
  assert.deepEqual(load('', env).settings, settingsSchema.parse({}));
});

test('HALLEY_CONFIG names the file; refuses a missing file', () => {
  writeFileSync(join(directory, 'named.yaml'), 'listen: named:1\n');
  assert.equal(loadSettings({ env: { HALLEY_CONFIG: 'named.yaml' }, directory }).listen, 'named:1');
  assert.match(
    problemsOf(() => loadSettings({ env: {}, file: 'absent.yaml', directory }))[0] ?? '',
    /absent.yaml/,
  );
});

test('reads halley.yaml of the directory by default', () => {
  const own = mkdtempSync(join(directory, 'own-'));
  writeFileSync(join(own, 'halley.yaml'), 'listen: found:1\ndemo:\n');
  assert.equal(loadSettings({ env: {}, directory: own }).listen, 'found:1');
});

test('refuses YAML duplicates, aliases, syntax errors and deep nesting', () => {
  assert.match(
    problemsOf(() => load('listen: a:1\nlisten: b:1\n'))[0] ?? '',
    /line 2: Map keys must be unique/,
  );
  assert.match(problemsOf(() => load('a: &x [1]\nb: [*x, *x]\n'))[0] ?? '', /aliases/);
  assert.match(problemsOf(() => load('listen: [\n'))[0] ?? '', /test.yaml, line/);
  assert.match(problemsOf(() => load('log.level: warn\n'))[0] ?? '', /written as a section/);
  assert.match(problemsOf(() => load('- listen\n'))[0] ?? '', /must hold settings/);
  assert.ok(problemsOf(() => load('['.repeat(100_000))).length > 0);
});

test('the webhook address and its secret must be given together and be valid', () => {
  const url = { HALLEY_WEBHOOK_URL: 'https://ops.example/hook?team=1' };
  const secret = 'a-secret-of-24-characters';
  assert.equal(load('', { ...url, HALLEY_WEBHOOK_SECRET: secret }).settings.webhook.secret, secret);
  const encoded = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
  assert.equal(load(`webhook:\n  secret: ${encoded}\n`, url).settings.webhook.url, url.HALLEY_WEBHOOK_URL);
  assert.match(problemsOf(() => load('', url))[0] ?? '', /webhook.secret is not set/);
  assert.match(problemsOf(() => load(`webhook:\n  secret: ${encoded}\n`))[0] ?? '', /webhook.url is not set/);
  for (const wrong of ['short', `${secret} `, 'whsec_c2hvcnQ=', 'whsec_!', 'x'.repeat(257)]) {
    const problems = problemsOf(() => load('', { ...url, HALLEY_WEBHOOK_SECRET: wrong }));
    assert.match(problems[0] ?? '', /whsec_/, wrong);
    assert.ok(!problems.join().includes(`is ${wrong}`));
  }
  for (const wrong of ['ops.example', 'ftp://ops.example', 'https://me:pw@ops.example']) {
    const env = { HALLEY_WEBHOOK_URL: wrong, HALLEY_WEBHOOK_SECRET: secret };
    assert.match(problemsOf(() => load('', env))[0] ?? '', /http or https/, wrong);
  }
  assert.match(problemsOf(() => load('ledger:\n  time_zone: Mars\n'))[0] ?? '', /IANA/);
});

test('the common proxy variables have the lowest precedence', () => {
  const env = {
    HTTPS_PROXY: 'http://upper.example:1',
    https_proxy: 'http://me:secret-of-proxy@lower.example:2',
    HTTP_PROXY: 'http.example:3',
    NO_PROXY: 'a.example, .b.example\t10.0.0.0/8',
  };
  const { settings, effective } = load('', env);
  assert.deepEqual(
    [settings.upstreams.https_proxy, settings.upstreams.http_proxy, settings.upstreams.no_proxy],
    [env.https_proxy, env.HTTP_PROXY, ['a.example', '.b.example', '10.0.0.0/8']],
  );
  const row = effective.find(({ name }) => name === 'upstreams.https_proxy');
  assert.deepEqual([row?.value, row?.source], ['[redacted]', 'https_proxy']);
  const file = load('upstreams:\n  https_proxy: direct\n  no_proxy: []\n', env).settings.upstreams;
  assert.deepEqual([file.https_proxy, file.no_proxy], ['direct', []]);
  const own = { HALLEY_UPSTREAMS_HTTPS_PROXY: 'http://own.example:4' };
  assert.equal(load('', { ...env, ...own }).settings.upstreams.https_proxy, 'http://own.example:4');
  const empty = { https_proxy: '', HTTPS_PROXY: 'http://upper.example:1', NO_PROXY: '' };
  assert.equal(load('', empty).settings.upstreams.https_proxy, 'http://upper.example:1');
  const problems = problemsOf(() => load('', { https_proxy: 'socks5://me:secret-of-proxy@p.example' }));
  assert.match(
    problems[0] ?? '',
    /^https_proxy is \[redacted\]\. It must be the http or https address of a proxy/,
  );
});

test('any text in any source is either loaded or refused with a SettingsError', () => {
  const known: string[] = settingList.flatMap((one) => [one.flag, one.env, one.name]);
  const word = fc.oneof(fc.string(), fc.constantFrom(...known, 'true', '1', '[]', '__proto__'));
  fc.assert(
    fc.property(fc.string(), fc.dictionary(word, word), fc.array(word), (yaml, env, flags) => {
      try {
        load(yaml, { ...env, HALLEY_CONFIG: undefined }, flags);
      } catch (error) {
        assert.ok(error instanceof SettingsError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test("OpenTelemetry's own variables give values below every other source, and an invalid one stops nothing", () => {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.example:4318',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=secret%20of%20collector,other=2',
    OTEL_EXPORTER_OTLP_TIMEOUT: '2000',
    OTEL_SERVICE_NAME: 'gateway',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test,a=b%2Cc',
    OTEL_TRACES_SAMPLER: 'jaeger_remote',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
  };
  const { settings, effective, warnings } = load('otel:\n  enabled: true\n  service_name: from-file\n', env);
  assert.deepEqual(settings.otel, {
    ...settingsSchema.parse({}).otel,
    enabled: true,
    endpoint: 'http://collector.example:4318',
    headers: ['x-api-key=secret%20of%20collector', 'other=2'],
    timeout_ms: 2000,
    service_name: 'from-file',
    resource_attributes: ['deployment.environment.name=test', 'a=b%2Cc'],
    sampler_arg: '0.25',
  });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /^OTEL_TRACES_SAMPLER is "jaeger_remote"\. .* It is ignored\.$/);
  const headers = effective.find(({ name }) => name === 'otel.headers');
  assert.deepEqual([headers?.value, headers?.source], ['[redacted]', 'OTEL_EXPORTER_OTLP_HEADERS']);
  assert.ok(!JSON.stringify(effective).includes('secret%20of'));
  // Who does not use it is told nothing.
  assert.deepEqual(load('', env).warnings, []);
});

test('headers, attributes and the endpoint of OpenTelemetry must have their form', () => {
  const wrong = [
    { HALLEY_OTEL_HEADERS: 'no pair' },
    { HALLEY_OTEL_HEADERS: 'x-key=bad%0Avalue' },
    { HALLEY_OTEL_HEADERS: 'x-key=%zz' },
    { HALLEY_OTEL_ENDPOINT: 'http://user:password@collector.example' },
    { HALLEY_OTEL_ENDPOINT: 'http://collector.example/?key=1' },
    { HALLEY_OTEL_SAMPLER_ARG: '2' },
  ];
  for (const env of nonEmpty(wrong))
    assert.equal(problemsOf(() => load('', env)).length, 1, JSON.stringify(env));
});
