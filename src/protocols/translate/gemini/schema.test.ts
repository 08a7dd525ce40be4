/** Schemas for Gemini's older fields: only known keys, and nothing that the schema accepts is refused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Schema } from '@google/genai';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { maybeEmpty, nonEmpty } from '../../../../tests/support/non-empty.ts';
import type { JsonObject } from '../../protocol.ts';
import { Losses } from '../losses.ts';
import { fromOpenApiSchema } from './openapi-schema.ts';
import { toOpenApiSchema } from './schema.ts';

const known: readonly (keyof Schema)[] = [
  ...(['anyOf', 'default', 'description', 'enum', 'example', 'format', 'items', 'maxItems'] as const),
  ...([
    'maxLength',
    'maxProperties',
    'maximum',
    'minItems',
    'minLength',
    'minProperties',
    'minimum',
  ] as const),
  ...(['nullable', 'pattern', 'properties', 'propertyOrdering', 'required', 'title', 'type'] as const),
];

function convert(schema: JsonObject) {
  const losses = new Losses('strict', 'gemini');
  return { schema: toOpenApiSchema(schema, losses), dropped: losses.dropped };
}

function assertKnownKeys(schema: JsonObject): void {
  for (const key of maybeEmpty(Object.keys(schema))) assert.ok(known.includes(key as keyof Schema), key);
  const { properties = {}, items, anyOf = [] } = schema as Schema;
  for (const inner of [...Object.values(properties), ...anyOf, ...(items ? [items] : [])]) {
    assertKnownKeys(inner as JsonObject);
  }
}

describe('conversion to the OpenAPI subset', () => {
  const cases: readonly (readonly [name: string, from: JsonObject, to: JsonObject, dropped?: string[]])[] = [
    ['const', { const: 'a' }, { type: 'STRING', format: 'enum', enum: ['a'] }],
    [
      'whole numbers of an enum',
      { type: 'integer', enum: [1, 2] },
      { type: 'INTEGER', format: 'enum', enum: ['1', '2'] },
    ],
    ['other values of an enum', { type: 'boolean', const: true }, { type: 'BOOLEAN' }, ['schema.enum']],
    ['null among the types', { type: ['string', 'null'] }, { type: 'STRING', nullable: true }],
    ['several types', { type: ['string', 'integer'] }, { anyOf: [{ type: 'STRING' }, { type: 'INTEGER' }] }],
    [
      'oneOf, with null',
      { description: 'd', oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'null' }] },
      {
        anyOf: [
          { type: 'STRING', description: 'd', nullable: true },
          { type: 'NUMBER', description: 'd', nullable: true },
        ],
      },
    ],
    [
      'one alternative',
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
      { type: 'STRING', nullable: true },
    ],
    [
      'exclusive bounds of integers',
      { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 9 },
      { type: 'INTEGER', minimum: 1, maximum: 8 },
    ],
    [
      'exclusive bounds of numbers',
      { type: 'number', exclusiveMinimum: 0.5, minimum: 0 },
      { type: 'NUMBER', minimum: 0.5 },
    ],
    [
      'values by any name',
      { type: 'object', additionalProperties: { type: 'string' } },
      { type: 'OBJECT' },
      ['schema.additionalProperties'],
    ],
    ['null alone', { anyOf: [{ type: 'null' }] }, { type: 'NULL' }],
    [
      'alternatives within references',
      { anyOf: [{ $ref: '#/$defs/a' }, { type: 'null' }], $defs: { a: { type: ['string', 'integer'] } } },
      {
        anyOf: [
          { type: 'STRING', nullable: true },
          { type: 'INTEGER', nullable: true },
        ],
      },
    ],
    [
      'counts',
      { type: 'string', minLength: 1, maxLength: 3 },
      { type: 'STRING', minLength: '1', maxLength: '3' },
    ],
    ['formats', { type: 'string', format: 'uri' }, { type: 'STRING' }],
    [
      'keywords that it does not know',
      { $schema: 's', $id: 'i', type: 'object', additionalProperties: false, uniqueItems: true, title: 't' },
      { type: 'OBJECT', title: 't' },
      ['schema.uniqueItems'],
    ],
    [
      'properties named like keywords',
      {
        type: 'object',
        properties: { const: { type: 'string' }, $ref: { type: 'string' }, not: { type: 'string' } },
        required: ['const', 'gone'],
      },
      {
        type: 'OBJECT',
        properties: { const: { type: 'STRING' }, $ref: { type: 'STRING' }, not: { type: 'STRING' } },
        required: ['const'],
      },
    ],
    [
      'references, with siblings',
      {
        type: 'array',
        items: { $ref: '#/$defs/a~1b', description: 'own' },
        $defs: { 'a/b': { type: 'string' } },
      },
      { type: 'ARRAY', items: { type: 'STRING', description: 'own' } },
    ],
    [
      'allOf',
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
          { properties: { b: { type: 'string' } }, required: ['b'] },
        ],
      },
      {
        type: 'OBJECT',
        properties: { b: { type: 'STRING' }, a: { type: 'STRING' } },
        required: ['b', 'a'],
      },
    ],
    ['arrays without items', { type: 'array' }, { type: 'ARRAY', items: {} }],
  ];
  for (const [name, from, to, dropped = []] of cases) {
    it(name, () => {
      const result = convert(from);
      const sorted = (value: JsonObject) => JSON.parse(JSON.stringify(value));
      assert.deepEqual(sorted(result.schema).required?.sort(), sorted(to).required?.sort());
      assert.deepEqual({ ...result.schema, required: 0 }, { ...to, required: 0 });
      assert.deepEqual(result.dropped, dropped);
    });
  }

  it('a schema that refers to itself is cut, and one that explodes is refused', () => {
    const list = { type: 'object', properties: { next: { $ref: '#' } } };
    const { schema, dropped } = convert(list);
    assert.equal(JSON.stringify(schema).match(/"next"/g)?.length, 6);
    assert.deepEqual(dropped, ['schema.$ref']);
    convert({ $ref: '#' });
    const wide = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`p${at}`, { $ref: '#' }]));
    assert.throws(() => convert({ type: 'object', properties: wide }), { code: 'invalid_body' });
    assert.throws(() => convert({ $ref: 'https://example.com/schema' }), { param: '$ref' });
    assert.throws(() => convert({ $ref: 'other.json' }), { param: '$ref' });
    assert.throws(() => convert({ $ref: '#/$defs/toString' }), { param: '$ref' });
  });
});

describe('conversion from the OpenAPI subset', () => {
  it('types, null, counts and both spellings', () => {
    const from = {
      type: 'OBJECT',
      property_ordering: ['a', 'any_of'],
      properties: {
        a: { type: 'STRING', nullable: true, min_length: '2', format: 'enum', enum: ['x'] },
        any_of: { any_of: [{ type: 'INTEGER', format: 'enum', enum: ['1'] }], nullable: true },
        list: { type: 'ARRAY', items: { type: 'NUMBER' }, maxItems: 3 },
      },
    };
    assert.deepEqual(fromOpenApiSchema(from), {
      type: 'object',
      properties: {
        a: { type: ['string', 'null'], minLength: 2, enum: ['x', null] },
        any_of: { anyOf: [{ type: 'integer', enum: [1] }, { type: 'null' }] },
        list: { type: 'array', items: { type: 'number' }, maxItems: 3 },
      },
    });
  });
});

describe('any JSON Schema', () => {
  const names = fc.constantFrom('a', 'b', 'type', 'const', 'properties', '$ref');
  const small = fc.integer({ min: 0, max: 3 });
  const optional = (members: Record<string, fc.Arbitrary<unknown>>) =>
    fc.record(members, { requiredKeys: [] });
  const { any } = fc.letrec<{ any: JsonObject }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.oneof(
        optional({ minLength: small, maxLength: small.map((n) => n + 2), format: fc.constant('email') }).map(
          (more) => ({ type: 'string', ...more }),
        ),
        optional({ exclusiveMinimum: small, maximum: fc.integer({ min: 4, max: 9 }) }).map((more) => ({
          type: 'integer',
          ...more,
        })),
        optional({ exclusiveMaximum: small, multipleOf: fc.constant(0.5) }).map((more) => ({
          type: 'number',
          ...more,
        })),
        fc.constantFrom<JsonObject>(
          { type: 'boolean' },
          { type: 'null' },
          { const: 'x' },
          { enum: ['x', null] },
          { enum: [1, 2] },
          { enum: [true, 'x'] },
          { type: ['string', 'null', 'boolean'] },
          { $ref: '#/$defs/d' },
          {},
        ),
      ),
      fc
        .record({
          properties: fc.dictionary(names, tie('any'), { maxKeys: 3, noNullPrototype: true }),
          more: fc.boolean(),
        })
        .map(({ properties, more }) => ({
          type: 'object',
          properties,
          required: Object.keys(properties).slice(0, 1),
          ...(more && { additionalProperties: { type: 'string' }, propertyNames: { minLength: 1 } }),
        })),
      optional({ items: tie('any'), minItems: small, uniqueItems: fc.constant(true) }).map((more) => ({
        type: 'array',
        ...more,
      })),
      fc
        .array(tie('any'), { minLength: 1, maxLength: 2 })
        .map((prefixItems) => ({ type: 'array', prefixItems })),
      fc
        .tuple(
          fc.constantFrom('anyOf', 'oneOf', 'allOf'),
          fc.array(tie('any'), { minLength: 1, maxLength: 3 }),
        )
        .map(([keyword, list]) => ({ [keyword]: list, description: 'union' })),
    ),
  }));
  const rooted = fc
    .tuple(any, any)
    .map(([schema, d]) => ({ ...schema, $defs: { d: JSON.stringify(d).includes('$defs') ? {} : d } }));
  const leaf = fc.constantFrom<unknown>('x', '', 'long text', 0, 1, 2, 0.5, -3, true, null);
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.dictionary(names, tie('value'), { maxKeys: 3, noNullPrototype: true }),
      fc.array(tie('value'), { maxLength: 3 }),
    ),
  }));
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const accepts = (schema: JsonObject, instance: unknown) => ajv.compile(schema)(instance);

  it('becomes one with known keys only, which accepts all that the first accepts', () => {
    fc.assert(
      fc.property(rooted, fc.array(value, { minLength: 1, maxLength: 12 }), (schema, values) => {
        const converted = convert(schema).schema;
        assertKnownKeys(converted);
        const back = fromOpenApiSchema(converted);
        for (const instance of nonEmpty(values)) {
          if (accepts(schema, instance))
            assert.ok(accepts(back, instance), JSON.stringify({ back, instance }));
        }
      }),
      { numRuns: 300 },
    );
  });
});
