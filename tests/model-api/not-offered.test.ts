/** Endpoints of stored state are refused plainly, by every method and in the form of their protocol. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';

const gateway = await startGateway();
after(() => gateway.stop());
const key = await gateway.createKey();

const anthropic = { 'anthropic-version': '2023-06-01' };
const google = { 'x-goog-api-key': 'sk-x' };
const codeAt = {
  openai: (body: { error: { code: string } }) => body.error.code,
  anthropic: (body: { type: string; error: { type: string } }) => `${body.type} ${body.error.type}`,
  gemini: (body: { error: { status: string } }) => body.error.status,
};
const codes = { openai: 'endpoint_not_offered', anthropic: 'error not_found_error', gemini: 'NOT_FOUND' };

type Headers = Readonly<Record<string, string>>;
type Case = readonly [path: string, form: keyof typeof codes, words: RegExp, headers?: Headers];

const cases: readonly Case[] = [
  ['/v1/conversations', 'openai', /Conversations/],
  ['/v1/conversations/conv_1/items', 'openai', /Conversations/],
  ['/v1/files', 'openai', /Files/],
  ['/v1/files/f/content', 'openai', /Files/],
  ['/v1/files', 'anthropic', /Files/, anthropic],
  ['/upload/v1beta/files', 'gemini', /Files/],
  ['/v1beta/files/f', 'gemini', /Files/, google],
  ['/v1/uploads', 'openai', /Files/],
  ['/v1/batches/b', 'openai', /Batches/],
  ['/v1/messages/batches', 'anthropic', /Batches/],
  ['/v1/messages/batches/b/results', 'anthropic', /Batches/],
  ['/v1beta/batches', 'gemini', /Batches/],
];

for (const [path, form, words, headers = {}] of nonEmpty(cases)) {
  test(`${path} in the form of ${form}`, async () => {
    for (const method of nonEmpty(['GET', 'POST', 'DELETE', 'PUT', 'PATCH'])) {
      const response = await fetch(gateway.url + path, {
        method,
        headers: { authorization: `Bearer ${key.value}`, ...headers },
      });
      const text = await response.text();
      assert.equal(response.status, 404, `${method} ${text}`);
      assert.match(text, words, method);
      assert.equal(codeAt[form](JSON.parse(text)), codes[form], `${method} ${text}`);
    }
  });
}
