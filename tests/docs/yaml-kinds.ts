/** Reads a YAML block of the documentation as the program would that it is for. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parseAllDocuments } from 'yaml';
import { loadSettings } from '../../src/platform/settings/load.ts';
import { chartDir } from '../deploy/helm.ts';
import { type Manifest, manifestFaults } from '../deploy/kubernetes-schemas.ts';
import { nonEmpty } from '../support/non-empty.ts';

type Mapping = Readonly<Record<string, unknown>>;

interface YamlKind {
  readonly name: string;
  readonly is: (document: Mapping) => boolean;
  /** Throws when the program would refuse it. */
  readonly read: (document: Mapping, text: string) => void | Promise<void>;
}

/** The first that fits; the settings of Halley are the last, so that nothing is left unread. */
const kinds: readonly YamlKind[] = [
  {
    name: 'Kubernetes manifest',
    is: (document) => 'apiVersion' in document && 'kind' in document,
    read: async (document) => assert.deepEqual(await manifestFaults([document as Manifest]), []),
  },
  { name: 'values of the chart', is: (document) => 'image' in document, read: readValues },
  { name: 'OpenTelemetry collector', is: (document) => 'receivers' in document, read: readCollector },
  { name: 'Prometheus', is: (document) => 'scrape_configs' in document, read: readPrometheus },
  {
    name: 'LibreChat',
    is: (document) => 'endpoints' in document,
    read: ({ version, endpoints }) => {
      assert.equal(typeof version, 'string');
      const { custom } = endpoints as { custom: readonly Mapping[] };
      for (const endpoint of nonEmpty(custom)) assert.match(String(endpoint.baseURL), /^https?:\/\/.*:8787/);
    },
  },
  { name: 'settings of Halley', is: () => true, read: readSettings },
];

/** @returns the kinds of the documents in the block, in their order */
export async function readYaml(text: string): Promise<readonly string[]> {
  const read: string[] = [];
  for (const document of nonEmpty([...parseAllDocuments(text)])) {
    if (!('errors' in document)) throw new Error('the block is empty');
    assert.deepEqual([...document.errors, ...document.warnings], []);
    const value = document.toJS() as Mapping;
    const kind = kinds.find(({ is }) => is(value));
    await kind?.read(value, text);
    read.push(String(kind?.name));
  }
  return read;
}

function readValues(document: Mapping): void {
  const schema = JSON.parse(readFileSync(join(chartDir, 'values.schema.json'), 'utf8')) as object;
  const fits = new Ajv({ strict: false }).compile(schema);
  assert.ok(fits(document), JSON.stringify(fits.errors));
}

/** Every pipeline names what is defined. */
function readCollector(document: Mapping): void {
  const { service, ...defined } = document as Record<string, Record<string, unknown>>;
  for (const pipeline of nonEmpty(Object.values(service?.pipelines as Record<string, Mapping>)))
    for (const [part, names] of nonEmpty(Object.entries(pipeline)))
      for (const name of nonEmpty(names as string[])) assert.ok(defined[part]?.[name] !== undefined, name);
}

function readPrometheus(document: Mapping): void {
  const known = new Set(['global', 'scrape_configs', 'rule_files', 'alerting']);
  assert.deepEqual(
    Object.keys(document).filter((key) => !known.has(key)),
    [],
  );
  for (const job of nonEmpty(document.scrape_configs as readonly Mapping[])) {
    assert.equal(typeof job.job_name, 'string');
    for (const { targets } of nonEmpty(job.static_configs as readonly { targets: readonly string[] }[]))
      for (const target of nonEmpty(targets)) assert.match(target, /^[\w.-]+:\d+$/);
  }
}

function readSettings(_document: Mapping, text: string): void {
  const directory = mkdtempSync(join(tmpdir(), 'halley-docs-settings-'));
  try {
    writeFileSync(join(directory, 'halley.yaml'), text);
    loadSettings({ env: {}, directory });
  } finally {
    rmSync(directory, { recursive: true });
  }
}
