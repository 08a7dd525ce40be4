/** Generates model request bodies from the OpenAPI document: valid ones are accepted, others refused. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { buildOpenApi } from '../../src/management/openapi/document.ts';
import { operations, pathsOf } from '../../src/operations/registry.ts';
import { fitting, near, type Schema } from '../management/schema-values.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import * as upstreams from '../support/upstream-behaviours.ts';

const seed = Number(process.env.HALLEY_API_SEED ?? randomInt(2 ** 31));
const numRuns = 20;

let gateway: Gateway;
let upstream: FakeUpstream;
let key: TestKey;

before(async () => {
  upstream = await startFakeUpstream();
  upstream.on('/', upstreams.json({}));
  gateway = await startGateway();
  await gateway.createChannel(upstream.origin);
  key = await gateway.createKey();
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

interface Described {
  readonly post: {
    readonly requestBody: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  };
}

const { paths } = buildOpenApi('1') as { paths: Readonly<Record<string, Described>> };
const making = { formats: {}, refs: {} };

/** Excludes bodies that break a rule beyond the schema: a forbidden name, or a model that differs from the path. */
const isApart = (body: unknown) => /"__proto__"|"model":/.test(JSON.stringify(body) ?? '"__proto__"');

const takeJson = Object.values(operations).filter(({ takes }) => takes !== 'form');

for (const path of nonEmpty(takeJson.flatMap(pathsOf))) {
  test(`POST ${path} accepts exactly the bodies that are valid by the document`, async () => {
    const schema = paths[path]?.post.requestBody.content['application/json']?.schema;
    assert.ok(schema);
    const fits = new Ajv2020({ strict: false }).compile(schema);
    const named = path.includes('{model}');
    const bodies = fc.oneof(fitting(schema, making), near(schema, making));
    await fc.assert(
      fc.asyncProperty(
        bodies.filter((body) => !(named && isApart(body)) && !JSON.stringify(body)?.includes('"__proto__"')),
        async (body) => {
          const { status, text } = await gateway.call('POST', path.replace('{model}', 'test-model'), {
            token: undefined,
            headers: { authorization: `Bearer ${key.value}` },
            body,
          });
          const said = `${JSON.stringify(body)}: ${status} ${text}`;
          assert.notEqual(status, 500, said);
          if (fits(body)) assert.notEqual(status, 400, `valid, and yet not understood: ${said}`);
          else assert.ok(status >= 400 && status < 500, `invalid, and yet taken: ${said}`);
        },
      ),
      { numRuns, seed, endOnFailure: true },
    );
  });
}
