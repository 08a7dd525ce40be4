import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { loadSettings } from '../../src/platform/settings/load.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { type Manifest, manifestFaults } from './kubernetes-schemas.ts';

const dir = join(import.meta.dirname, '../../deploy/kubernetes');

function manifestsIn(path: string): Manifest[] {
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => {
    assert.deepEqual([...document.errors, ...document.warnings], [], path);
    return document.toJS() as Manifest;
  });
}

const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => /\.yaml/.test(name));
const manifests = files.flatMap((name) => manifestsIn(join(dir, name)));

function ofKind(kind: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind);
  assert.ok(found, kind);
  return found;
}

interface Probe {
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
  readonly timeoutSeconds?: number;
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}

interface Container {
  readonly env: readonly Variable[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly securityContext: { readonly readOnlyRootFilesystem: boolean };
  readonly volumeMounts: readonly { readonly mountPath: string }[];
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: { readonly runAsNonRoot: boolean };
  readonly containers: readonly [Container];
}

interface DeploymentSpec {
  readonly template: { readonly metadata: { readonly labels: object }; readonly spec: PodSpec };
}

const podTemplate = () => (ofKind('Deployment').spec as DeploymentSpec).template;

test('the manifests are valid for Kubernetes, and the check finds invalid ones', async () => {
  assert.deepEqual(manifests.map(({ kind }) => kind).sort(), [
    'Deployment',
    'NetworkPolicy',
    'PodDisruptionBudget',
    'Secret',
    'Service',
    'ServiceMonitor',
  ]);
  assert.deepEqual(await manifestFaults(manifests), []);

  const broken = async (kind: string, change: (text: string) => string) => {
    const text = JSON.stringify(ofKind(kind));
    assert.notEqual(change(text), text);
    return (await manifestFaults([JSON.parse(change(text)) as Manifest])).join('\n');
  };
  assert.match(
    await broken('Deployment', (text) => text.replace('"replicas":3', '"replicas":"3"')),
    /integer/,
  );
  assert.match(await broken('Deployment', (text) => text.replace('"selector":', '"chooser":')), /selector/);
  assert.match(await broken('Deployment', (text) => text.replace('"httpGet"', '"httpGte"')), /httpGte/);
  assert.match(
    await broken('ServiceMonitor', (text) => text.replace('"interval"', '"intervall"')),
    /intervall/,
  );
  assert.match(await broken('Service', (text) => text.replace('"v1"', '"v2"')), /no schema/);
});

test('every resource works in any namespace, and selects the pods', () => {
  const { labels } = podTemplate().metadata;
  for (const { kind, metadata, spec } of nonEmpty(manifests)) {
    assert.ok(!Object.hasOwn(metadata as object, 'namespace'), kind);
    const { selector, podSelector } = (spec ?? {}) as Readonly<Record<string, { matchLabels?: object }>>;
    const chosen = podSelector ?? selector;
    if (chosen) assert.deepEqual(chosen.matchLabels ?? chosen, labels, kind);
  }
});

test('a pod has valid settings, a Secret with the named keys, and time to stop', () => {
  const { terminationGracePeriodSeconds, containers, securityContext } = podTemplate().spec;
  const [{ env, volumeMounts, securityContext: own }] = containers;
  const secrets = ofKind('Secret').stringData as Readonly<Record<string, string>>;
  const given = ({ name, value, valueFrom }: Variable) => {
    if (name === 'HALLEY_SERVER_SECRET') return '0'.repeat(64);
    if (name === 'HALLEY_BOOTSTRAP_TOKEN') return 'token-of-a-test-1';
    const key = valueFrom?.secretKeyRef?.key;
    return key === undefined ? (value ?? 'halley-abc-def') : secrets[key];
  };
  for (const { valueFrom } of nonEmpty(env)) {
    if (valueFrom?.secretKeyRef) assert.ok(Object.hasOwn(secrets, valueFrom.secretKeyRef.key));
  }
  const settings = loadSettings({ env: Object.fromEntries(env.map((each) => [each.name, given(each)])) });
  const { delay_ms, drain_ms } = settings.shutdown;
  assert.ok(delay_ms > 0);
  assert.ok(terminationGracePeriodSeconds * 1000 >= delay_ms + drain_ms + 10_000);
  assert.ok(settings.database.url && settings.server_secret && settings.bootstrap_token);
  assert.equal(securityContext.runAsNonRoot, true);
  assert.equal(own.readOnlyRootFilesystem, true);
  const image = readFileSync(join(dir, '../../Dockerfile'), 'utf8');
  assert.ok(nonEmpty(volumeMounts).every(({ mountPath }) => image.includes(`HALLEY_DATA_DIR=${mountPath} `)));
});

test('a stopping pod accepts requests until it receives no more', () => {
  const [{ readinessProbe, env }] = podTemplate().spec.containers;
  const { periodSeconds = 10, failureThreshold = 3, timeoutSeconds = 1 } = readinessProbe;
  const delayMs = Number(env.find(({ name }) => name === 'HALLEY_SHUTDOWN_DELAY_MS')?.value);
  assert.ok(delayMs > (periodSeconds * failureThreshold + timeoutSeconds) * 1000);
});

test('probes and services use existing ports and paths', () => {
  const [{ ports, startupProbe, livenessProbe, readinessProbe, env }] = podTemplate().spec.containers;
  const image = readFileSync(join(dir, '../../Dockerfile'), 'utf8');
  const portOf = (name: string) => ports.find((port) => port.name === name)?.containerPort;
  assert.match(image, new RegExp(`HALLEY_LISTEN=0\\.0\\.0\\.0:${portOf('http')}\\n`));
  assert.ok(
    env.some(
      ({ name, value }) => name === 'HALLEY_METRICS_LISTEN' && value?.endsWith(`:${portOf('metrics')}`),
    ),
  );
  assert.deepEqual(startupProbe.httpGet, { path: '/healthz', port: 'http' });
  assert.deepEqual(livenessProbe.httpGet, { path: '/healthz', port: 'http' });
  assert.deepEqual(readinessProbe.httpGet, { path: '/readyz', port: 'http' });
  const { ports: served } = ofKind('Service').spec as {
    ports: readonly { name: string; targetPort: string }[];
  };
  for (const { targetPort } of nonEmpty(served)) assert.ok(portOf(targetPort), targetPort);
  const { endpoints } = ofKind('ServiceMonitor').spec as { endpoints: readonly { port: string }[] };
  for (const { port } of nonEmpty(endpoints)) assert.ok(served.some(({ name }) => name === port));
});
