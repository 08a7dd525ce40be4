import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { createMetrics } from '../../src/observe/metrics.ts';
import { settingList } from '../../src/platform/settings/reference.ts';
import { nonEmpty } from '../support/non-empty.ts';

const root = join(import.meta.dirname, '../..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');
const deployed = [
  'Dockerfile',
  'docs/guides/fleet.md',
  'docs/guides/monitoring.md',
  ...readdirSync(join(root, 'deploy'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)),
];

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Readonly<Record<'x' | 'y' | 'w' | 'h', number>>;
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
}

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

const dashboard = JSON.parse(text('deploy/grafana/halley.json')) as Dashboard;
const { groups } = parse(text('deploy/prometheus/alerts.yaml')) as {
  groups: readonly { readonly name: string; readonly rules: readonly Alert[] }[];
};
const alerts = groups.flatMap(({ rules }) => rules);
const expressions = [
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...alerts.map(({ expr }) => expr),
];

/** Returns the name of every series that a cluster node exposes. */
async function exposedNames(): Promise<Set<string>> {
  const { render } = createMetrics({
    requestsRunning: () => 0,
    keysInMemory: () => 0,
    areRestoresProtected: () => true,
    tombstonesQueued: () => 0,
    certificateNotAfter: () => 1_900_000_000,
    dataDisk: () => Promise.resolve({ freeBytes: 5, sizeBytes: 20 }),
    channels: () => [],
    jobs: { open: async () => [], now: () => 0 },
    fleet: {
      leaseAgeMs: () => 0,
      isServing: () => true,
      logLag: () => 0,
      fences: () => 0,
      fencedMs: () => 0,
      databaseStatements: () => 0,
      nodes: () => Promise.resolve(1),
    },
  });
  const { body } = await render();
  const names = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
  );
  return new Set(names);
}

const namesIn = (expression: string) =>
  expression.match(/\b(?:halley|process|nodejs)_[a-z0-9_]+\b/g)?.filter((name) => name !== 'halley') ?? [];

test('every metric of the dashboard and the alerts exists', async () => {
  const exposed = await exposedNames();
  const used = expressions.flatMap(namesIn);
  assert.ok(used.length > 30);
  assert.deepEqual(
    used.filter((name) => !exposed.has(name)),
    [],
  );
  assert.ok(!exposed.has('halley_no_such_thing'));
});

test('every metric of a cluster is on the dashboard', async () => {
  const used = new Set(expressions.flatMap(namesIn));
  const own = [...(await exposedNames())].filter((name) => /^halley_.*(?<!_sum|_count)$/.test(name));
  assert.deepEqual(
    own.filter((name) => !used.has(name)),
    [],
  );
});

test('the panels of the dashboard have unique ids, do not overlap, and use the selected data source', () => {
  const { panels, templating } = dashboard;
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  assert.ok(templating.list.some(({ name, type }) => name === 'datasource' && type === 'datasource'));
  const places = new Set<string>();
  for (const { type, title, datasource, targets = [], gridPos } of nonEmpty(panels)) {
    if (type !== 'row') assert.ok(targets.length > 0, title);
    for (const one of [datasource, ...targets.map((target) => target.datasource)]) {
      if (one) assert.equal(one.uid, '$' + '{datasource}', title);
    }
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        assert.ok(x < 24 && !places.has(`${x} ${y}`), title);
        places.add(`${x} ${y}`);
      }
    }
  }
});

test('alerts have unique names, a severity and a description, and query only this job', () => {
  assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
  const manual = text('docs/guides/monitoring.md');
  for (const { alert, expr, labels, annotations } of nonEmpty(alerts)) {
    assert.match(labels.severity, /^(?:critical|warning)$/, alert);
    assert.ok(annotations.summary && annotations.description, alert);
    const selectors = expr.match(/(?<=\b(?:halley|nodejs)_[a-z0-9_]+|\bup)\{[^}]*\}/g) ?? [];
    assert.ok(selectors.length > 0, alert);
    for (const selector of nonEmpty(selectors)) assert.match(selector, /^\{job="halley"[,}]/, alert);
    assert.ok(
      manual.includes(`\`${alert}\``),
      `docs/guides/monitoring.md does not tell what to do about ${alert}`,
    );
  }
});

test('every variable that the files for operators name is a setting', () => {
  const names = new Set(settingList.map(({ env }) => env));
  // Variables of the command line, docs/reference/cli.md; the path of the settings file itself.
  const others = new Set(['HALLEY_URL', 'HALLEY_TOKEN', 'HALLEY_CONFIG']);
  const unknown = (content: string) =>
    (content.match(/\bHALLEY_[A-Z0-9_]+\b/g) ?? []).filter((name) => !names.has(name) && !others.has(name));
  assert.ok(deployed.length > 12);
  for (const path of deployed) assert.deepEqual(unknown(text(path)), [], path);
  assert.deepEqual(unknown('HALLEY_LISTEN=x HALLEY_LISTNE=x'), ['HALLEY_LISTNE']);
});

test('every file of deploy/ that the manual names exists', () => {
  const manual = text('docs/guides/fleet.md') + text('docs/guides/monitoring.md');
  const named = manual.match(/\bdeploy\/[\w./-]*\w/g) ?? [];
  assert.ok(named.length > 5);
  for (const path of nonEmpty(named)) {
    assert.ok(
      deployed.some((file) => file === path || file.startsWith(`${path}/`)),
      path,
    );
  }
});
