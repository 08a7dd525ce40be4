/**
 * Validates Kubernetes manifests against the schemas of Kubernetes and of the Prometheus operator. The schemas
 * check values; types generated from them check for unknown members, which the schemas allow.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  PrometheusRule,
  ServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { Deployment } from 'kubernetes-models/apps/v1';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { PersistentVolumeClaim, Secret, Service } from 'kubernetes-models/v1';

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [member: string]: unknown;
}

interface Schema {
  readonly apiVersion: string;
  readonly kind: string;
  new (data: never): { validate(): void };
}

const known: readonly { readonly schema: Schema; readonly module: string }[] = [
  { schema: Deployment, module: 'kubernetes-models/apps/v1' },
  { schema: Service, module: 'kubernetes-models/v1' },
  { schema: Secret, module: 'kubernetes-models/v1' },
  { schema: PodDisruptionBudget, module: 'kubernetes-models/policy/v1' },
  { schema: NetworkPolicy, module: 'kubernetes-models/networking.k8s.io/v1' },
  { schema: Ingress, module: 'kubernetes-models/networking.k8s.io/v1' },
  { schema: PersistentVolumeClaim, module: 'kubernetes-models/v1' },
  { schema: PrometheusRule, module: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1' },
  { schema: ServiceMonitor, module: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1' },
];

const modulesDir = join(import.meta.dirname, '../../node_modules');

/** @returns the violations, in words; empty when there are none */
export async function manifestFaults(manifests: readonly Manifest[]): Promise<string[]> {
  return [...manifests.flatMap(faultOfValues), ...(await faultsOfMembers(manifests))];
}

const entryFor = ({ apiVersion, kind }: Manifest) =>
  known.find(({ schema }) => schema.apiVersion === apiVersion && schema.kind === kind);

function faultOfValues(manifest: Manifest): string[] {
  const entry = entryFor(manifest);
  if (!entry) return [`there is no schema for ${manifest.apiVersion} ${manifest.kind}`];
  try {
    new entry.schema(manifest as never).validate();
    return [];
  } catch (error) {
    return [`${manifest.kind}: ${(error as Error).message}`];
  }
}

/** Written as literals, the manifests must not have a member that is missing in their type. */
async function faultsOfMembers(manifests: readonly Manifest[]): Promise<string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'halley-manifests-'));
  try {
    await symlink(modulesDir, join(dir, 'node_modules'));
    const lines = manifests.map((manifest, index) => {
      const module = entryFor(manifest)?.module;
      if (module === undefined) return '';
      return `export const m${index}: import('${module}').I${manifest.kind} = ${JSON.stringify(manifest)};`;
    });
    await writeFile(join(dir, 'package.json'), '{"type":"module"}');
    await writeFile(join(dir, 'manifests.ts'), lines.join('\n'));
    const options = '--noEmit --strict --skipLibCheck --target esnext --module nodenext --types'.split(' ');
    const compiler = join(modulesDir, 'typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [compiler, ...options, '', 'manifests.ts'], { cwd: dir });
    return [];
  } catch (error) {
    const { stdout } = error as { readonly stdout?: string };
    if (!stdout) throw error;
    return stdout.trim().split('\n');
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
