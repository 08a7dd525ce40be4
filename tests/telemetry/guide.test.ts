/** The guide to OpenTelemetry says what is true: its settings are valid, and its variables are the ones that are read. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { settingList } from '../../src/platform/settings/reference.ts';
import { settingsSchema } from '../../src/platform/settings/schema.ts';
import { fromOtelVariables } from '../../src/platform/settings/sources.ts';
import { nonEmpty } from '../support/non-empty.ts';

const guide = readFileSync(join(import.meta.dirname, '../../docs/guides/opentelemetry.md'), 'utf8');

test('the examples are a configuration of a collector and valid settings', () => {
  const blocks = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => parse(text));
  const [collector, settings] = blocks;
  assert.equal(blocks.length, 2);
  const { receivers, exporters, service } = collector;
  for (const { receivers: from, exporters: to } of nonEmpty<Record<string, string[]>>(
    Object.values(service.pipelines),
  )) {
    for (const name of nonEmpty(from ?? [])) assert.ok(name in receivers, name);
    for (const name of nonEmpty(to ?? [])) assert.ok(name in exporters, name);
  }
  assert.equal(settingsSchema.parse(settings).otel.enabled, true);
});

test('the table of variables names each that is read, with its setting', () => {
  const names = [...new Set(guide.match(/\bOTEL_[A-Z_]+/g))];
  const given = fromOtelVariables(Object.fromEntries(names.map((name) => [name, '1']))).given;
  for (const { place, setting } of nonEmpty(given)) {
    const row = guide.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${place}\``));
    assert.ok(row?.includes(`\`${setting.name}\``), place);
  }
  const described = settingList.filter(({ description }) => description.includes('OTEL_'));
  assert.deepEqual(given.map(({ setting }) => setting.name).sort(), described.map(({ name }) => name).sort());
});
