import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { HalleyError } from '../platform/errors.ts';
import { edited } from '../protocols/json-bytes.ts';
import { type ModelBody, modelsIn, readModelBody } from './body-model.ts';

function refusal(text: string | Buffer): HalleyError {
  try {
    readModelBody(Buffer.from(text));
  } catch (error) {
    assert.ok(error instanceof HalleyError, String(error));
    return error;
  }
  return assert.fail(`accepted: ${text}`);
}

function withModel(body: ModelBody, to: string): string {
  const place = body.modelPlace();
  const edits = place ? [{ ...place, text: JSON.stringify(to) }] : [];
  return Buffer.concat(edited([body.bytes], edits)).toString();
}

describe('readModelBody', () => {
  it('reads the model and keeps the bytes as they came', () => {
    const bytes = Buffer.from('{ "messages":[{"content":"say \\"model\\" é \\ud800"}],\n "model" : "m" }');
    const body = readModelBody(bytes);
    assert.equal(body.model, 'm');
    assert.equal(body.bytes, bytes);
  });

  it('refuses what is not a JSON object in UTF-8', () => {
    const texts = [
      '',
      ' ',
      '[]',
      'null',
      '"x"',
      '{',
      '{"model":"a",}',
      "{'model':'a'}",
      '\ufeff{"model":"a"}',
    ];
    for (const text of texts) assert.equal(refusal(text).code, 'invalid_body', text);
    assert.equal(refusal(Buffer.from('7b22c3223a317d', 'hex')).code, 'invalid_body');
  });

  it('refuses a model that is not a string or too long, and takes an empty one for none', () => {
    for (const value of ['null', '1', '["m"]', '{"m":1}', JSON.stringify('x'.repeat(257))]) {
      assert.equal(refusal(`{"model":${value}}`).param, 'model');
    }
    assert.equal(readModelBody(Buffer.from('{"model":""}')).model, undefined);
    assert.equal(readModelBody(Buffer.from('{"x":{"model":"m"}}')).model, undefined);
  });

  it('refuses a body that names the model twice: plainly, by case, or by escapes', () => {
    const doubles = [
      '{"model":"a","model":"b"}',
      '{"model":"a","model":"a"}',
      '{"model":"a","Model":"b"}',
      '{"MODEL":"b"}',
      '{"model":"a","mod\\u0065l":"b"}',
      '{"mod\\u0065l":"b","model":"a"}',
      '{"\\u006dodel":"b","\\u006Dodel":"a"}',
      '{"model":"a","\\u004dodel":"b"}',
      '{"model":"a","x":["model"],"model":"b"}',
    ];
    for (const text of doubles) assert.equal(refusal(text).param, 'model', text);
  });

  it('takes a model named once though the word occurs elsewhere', () => {
    const singles = [
      '{"tools":[{"model":"x","Model":"y"}],"model":"a"}',
      '{"model":"a","user":"model"}',
      '{"mod\\u0065l":"a"}',
      '{"model":"a","text":"\\u006d"}',
    ];
    for (const text of singles) {
      const body = readModelBody(Buffer.from(text));
      assert.equal(body.model, 'a', text);
      assert.deepEqual(JSON.parse(withModel(body, 'b')), {
        ...JSON.parse(text),
        model: 'b',
      });
    }
  });

  it('replaces the value alone, byte for byte, whatever the rest is and however it is written', () => {
    const rest = fc.dictionary(
      fc.oneof(fc.constant('usage'), fc.string()).filter((key) => key.toLowerCase() !== 'model'),
      fc.jsonValue({ maxDepth: 3 }),
      { maxKeys: 5 },
    );
    const name = fc.constantFrom('"model"', '"mod\\u0065l"', '"\\u006Dodel"');
    const modelId = fc.string({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(rest, rest, name, modelId, modelId, (before, after, key, from, to) => {
        const head = `{"x":${JSON.stringify(before)} , ${key}\n: `;
        const tail = ` ,"y":${JSON.stringify(after, null, 1)}}`;
        const body = readModelBody(Buffer.from(head + JSON.stringify(from) + tail));
        assert.equal(body.model, from);
        assert.equal(withModel(body, to), head + JSON.stringify(to) + tail);
      }),
    );
  });

  it('throws nothing but HalleyError on any bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array(),
      fc.string().map((text) => Buffer.from(`{"model":${text}}`)),
    );
    fc.assert(
      fc.property(bytes, (input) => {
        try {
          readModelBody(Buffer.from(input));
        } catch (error) {
          assert.ok(error instanceof HalleyError);
        }
      }),
    );
  });
});

it('finds the models that an upstream may fall back to', () => {
  const fallbacks = ['a', { model: 'b', n: 1 }, { c: ['d', { model: 'e' }], f: 'g' }, null, 5, [['h']]];
  assert.deepEqual(modelsIn({ models: ['x', 7], fallbacks }), ['x', 'a', 'b', 'd', 'e', 'g', 'h']);
  for (const none of [undefined, null, 5, {}, [], [[]]]) assert.deepEqual(modelsIn({ models: none }), []);
});
