/** Each rule of a mock provider refuses what breaks it, and nothing that is sound. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../support/non-empty.ts';
import type { Json } from './json.ts';
import { check, Refused } from './rule.ts';
import { mocks } from './upstream.ts';

const geminiModel = 'gemini-3-pro-preview';
const asking = (body: Json, model = String(body.model ?? geminiModel)) => ({
  body: JSON.parse(JSON.stringify({ ...body, ...(body.model !== undefined && { model }) })) as Json,
  model,
});

for (const [name, { rules, sound }] of nonEmpty(Object.entries(mocks))) {
  test(`${name}: a sound request breaks no rule`, () => {
    check(rules, asking(sound));
  });

  for (const rule of nonEmpty(rules)) {
    test(`${name}: ${rule.says}`, () => {
      assert.notEqual(rule.source, '');
      const broken = asking({ ...sound, ...rule.broken }, rule.model ?? String(sound.model ?? geminiModel));
      assert.throws(() => check(rules, broken), new Refused(rule.says));
    });
  }
}
