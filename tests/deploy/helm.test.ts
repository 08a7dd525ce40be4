/** The chart, rendered by Helm itself. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { loadSettings } from '../../src/platform/settings/load.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { chartDir, lint, needsHelm, rendered, type Values } from './helm.ts';
import { type Manifest, manifestFaults } from './kubernetes-schemas.ts';

const deploy = join(import.meta.dirname, '../../deploy');
const text = (path: string) => readFileSync(join(deploy, path), 'utf8');

const image = { repository: 'registry.example.com/halley' };
const secret = {
  create: true,
  databaseUrl: 'postgres://halley:one@db.example.com:5432/halley',
  tombstonesUrl: 'postgres://halley:one@other.example.com:5432/tombstones',
  serverSecret: '0'.repeat(64),
  bootstrapToken: 'token-of-a-test-1',
};
const everything: Values = {
  image: {
    ...image,
    digest: `sha256:${'0'.repeat(64)}`,
    pullPolicy: 'Always',
    pullSecrets: [{ name: 'pull' }],
  },
  secret,
  settings: { HALLEY_LEDGER_RECORDS_DAYS: '90' },
  trustedProxies: ['10.0.12.0/24', '10.0.13.1'],
  service: { type: 'LoadBalancer', annotations: { a: 'b' } },
  ingress: {
    enabled: true,
    className: 'nginx',
    annotations: { a: 'b' },
    hosts: ['ai.example.com'],
    tls: [{ hosts: ['ai.example.com'], secretName: 'tls' }],
  },
  networkPolicy: {
    clients: [{ podSelector: { matchLabels: { app: 'ingress' } } }],
    extraEgress: [{ ports: [{ port: 8000 }] }],
  },
  serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
  prometheusRule: { enabled: true, labels: { release: 'prometheus' } },
  nodeSelector: { a: 'b' },
  tolerations: [{ key: 'a', operator: 'Exists' }],
  affinity: { podAntiAffinity: {} },
  priorityClassName: 'high',
  podAnnotations: { a: 'b' },
  podLabels: { team: 'a' },
};
const single: Values = {
  mode: 'single',
  image,
  persistence: { storageClassName: 'fast' },
  serviceMonitor: { enabled: true },
};

function ofKind(manifests: readonly Manifest[], kind: string) {
  const found = manifests.find((manifest) => manifest.kind === kind);
  assert.ok(found, kind);
  return found as unknown as Readonly<Record<string, Record<string, never>>>;
}

const kindsOf = (manifests: readonly Manifest[]) => manifests.map(({ kind }) => kind).sort();

interface Container {
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly image: string;
}

function containerOf(manifests: readonly Manifest[]): Container {
  const { spec } = ofKind(manifests, 'Deployment') as never as {
    spec: { template: { spec: { containers: [Container] } } };
  };
  return spec.template.spec.containers[0];
}

/** Without the labels that only Helm needs. */
function withoutLabels(manifest: Manifest): unknown {
  const own = /^(?:helm\.sh\/chart|app\.kubernetes\.io\/(?:instance|version|managed-by))$/;
  return JSON.parse(JSON.stringify(manifest), (name, value) => (own.test(name) ? undefined : value));
}

const refusal = (values: Values) =>
  rendered(values).then(
    () => assert.fail(`was rendered: ${JSON.stringify(values)}`),
    ({ stderr }: { stderr: string }) => stderr,
  );

test(
  'the chart says in its default form what the manifests of deploy/kubernetes say',
  needsHelm,
  async () => {
    const files = readdirSync(join(deploy, 'kubernetes'), { recursive: true, encoding: 'utf8' });
    const manifests = files
      .filter((name) => name.endsWith('.yaml'))
      .flatMap((name) =>
        parseAllDocuments(text(`kubernetes/${name}`)).map((each) => each.toJS() as Manifest),
      );
    const chart = await rendered({ image, serviceMonitor: { enabled: true } });
    assert.deepEqual(kindsOf(chart), kindsOf(manifests));
    for (const manifest of nonEmpty(manifests)) {
      const same = chart.find(({ kind }) => kind === manifest.kind);
      assert.deepEqual(same && withoutLabels(same), manifest, manifest.kind);
    }
  },
);

test(
  'what it renders is valid for Kubernetes and the Prometheus operator, and Helm finds no fault',
  needsHelm,
  async () => {
    const full = await rendered(everything);
    assert.deepEqual(kindsOf(full), [
      'Deployment',
      'Ingress',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'PrometheusRule',
      'Secret',
      'Service',
      'ServiceMonitor',
    ]);
    const one = await rendered(single);
    assert.deepEqual(await manifestFaults([...full, ...one]), []);
    await lint(everything);
    await lint(single);
  },
);

test('the pods of both forms have valid settings', needsHelm, async () => {
  const { stringData } = ofKind(await rendered(everything), 'Secret') as never as {
    stringData: Readonly<Record<string, string>>;
  };
  const keyOf = (variable: string) => variable.slice('HALLEY_'.length).toLowerCase().replaceAll('_', '-');
  const settingsOf = async (values: Values) => {
    const { env } = containerOf(await rendered(values));
    const given = env.map(({ name, value }) => [name, value ?? stringData[keyOf(name)] ?? '']);
    return loadSettings({ env: Object.fromEntries(given) });
  };
  const fleet = await settingsOf(everything);
  assert.equal(fleet.database.url, secret.databaseUrl);
  assert.equal(fleet.tombstones.url, secret.tombstonesUrl);
  assert.equal(fleet.bootstrap_token, secret.bootstrapToken);
  assert.equal(fleet.ledger.records_days, 90);
  assert.deepEqual(fleet.http.trusted_proxies, everything.trustedProxies);
  const one = await settingsOf(single);
  assert.equal(one.database.url, undefined);
  assert.equal(one.shutdown.drain_ms, 120_000);
});

test('the values of the manual render to valid resources', needsHelm, async () => {
  const manual = readFileSync(join(deploy, '../docs/guides/kubernetes.md'), 'utf8');
  const files = [...manual.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, content = '']) => content);
  const manifests: Manifest[] = [];
  for (const content of nonEmpty(files)) manifests.push(...(await rendered(parse(content))));
  assert.deepEqual(await manifestFaults(manifests), []);
});

test('one node on SQLite has a volume, and never a second process beside it', needsHelm, async () => {
  const manifests = await rendered({ ...single, replicas: 3 });
  assert.deepEqual(kindsOf(manifests), [
    'Deployment',
    'NetworkPolicy',
    'PersistentVolumeClaim',
    'Service',
    'ServiceMonitor',
  ]);
  const { spec } = ofKind(manifests, 'Deployment') as never as {
    spec: { replicas: number; strategy: object; template: { spec: { volumes: unknown } } };
  };
  assert.equal(spec.replicas, 1);
  assert.deepEqual(spec.strategy, { type: 'Recreate' });
  const claim = { claimName: 'halley' };
  assert.deepEqual(spec.template.spec.volumes, [{ name: 'data', persistentVolumeClaim: claim }]);
  const { metadata } = ofKind(manifests, 'PersistentVolumeClaim');
  assert.deepEqual(metadata?.annotations, { 'helm.sh/resource-policy': 'keep' });
  const own = await rendered({ ...single, persistence: { existingClaim: 'mine' } });
  assert.ok(!kindsOf(own).includes('PersistentVolumeClaim'));
  assert.match(JSON.stringify(own), /"claimName":"mine"/);
});

test('two releases share no name, selector, secret or job of alerts', needsHelm, async () => {
  const values = { ...everything, secret: {} };
  const [first, second] = [await rendered(values, 'one'), await rendered(values, 'two')];
  for (const manifest of nonEmpty(first)) {
    const other = second.find(({ kind }) => kind === manifest.kind);
    const of = (release: string, each: unknown) => JSON.stringify(each).includes(`"${release}`);
    assert.ok(of('one', manifest) && !of('two', manifest), manifest.kind);
    assert.ok(of('two', other) && !of('one', other), manifest.kind);
  }
  const rules = JSON.stringify(ofKind(first, 'PrometheusRule').spec);
  const plain = JSON.stringify(parse(text('prometheus/alerts.yaml')));
  assert.equal(rules.replaceAll('job=\\"one-halley\\"', 'job=\\"halley\\"'), plain);
});

test('the chart has the alerts of deploy/prometheus', () => {
  const copied = readFileSync(join(chartDir, 'files/alerts.yaml'), 'utf8');
  assert.equal(copied, text('prometheus/alerts.yaml'), 'run `npm run release:sync`');
});

test('a changed Secret of the chart restarts the pods', needsHelm, async () => {
  const podOf = async (bootstrapToken: string) => {
    const values = { image, secret: { ...secret, bootstrapToken } };
    return JSON.stringify(ofKind(await rendered(values), 'Deployment'));
  };
  const first = await podOf('token-of-a-test-1');
  assert.equal(await podOf('token-of-a-test-1'), first);
  assert.notEqual(await podOf('token-of-a-test-2'), first);
  assert.ok(!first.includes('token-of-a-test-1'), 'a secret is in the pod');
});

test('wrong values are refused with their names', needsHelm, async () => {
  const wrong: readonly (readonly [Values, RegExp])[] = [
    [{}, /image\.repository is empty/],
    [{ image, replica: 2 }, /replica/],
    [{ image, mode: 'both' }, /mode/],
    [{ image, settings: { HALLEY_LISTEN: '0.0.0.0:1' } }, /settings\.HALLEY_LISTEN: the chart sets/],
    [{ image, settings: { LEDGER_DAYS: '1' } }, /LEDGER_DAYS|propertyNames/],
    [{ image, settings: { HALLEY_LEDGER_RECORDS_DAYS: 90 } }, /string/],
    [{ image, secret: { ...secret, databaseUrl: '' } }, /secret\.databaseUrl is empty/],
    [{ image, secret: { ...secret, existing: 'mine' } }, /exclude each other/],
    [{ image, secret: { ...secret, serverSecret: 'short' } }, /serverSecret/],
    [{ image, shutdown: { delaySeconds: 2 } }, /delaySeconds/],
    [{ image, ingress: { enabled: true } }, /ingress\.hosts is empty/],
  ];
  for (const [values, expected] of nonEmpty(wrong)) assert.match(await refusal(values), expected);
});
