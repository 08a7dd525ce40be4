/**
 * Generates calls from the OpenAPI document, over real HTTP. Valid calls are not refused as malformed, invalid ones
 * do not succeed, no response is 500, and every response matches its schema. HALLEY_API_RUNS sets their number;
 * HALLEY_API_SEED repeats a run.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { digestOf } from '../../src/domain/digest.ts';
import { buildOpenApi } from '../../src/management/openapi/document.ts';
import { roles } from '../../src/store/store.ts';
import { testEngine } from '../support/engine.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { createKey, dataOf, useRig } from './rig.ts';
import { formats } from './schema-formats.ts';
import { fitting, type Making, near, type Schema } from './schema-values.ts';

const rig = useRig({ settings: { accounts: { login_attempts_max: 1e6, login_unknown_attempts_max: 1e6 } } });
const runs = Number(process.env.HALLEY_API_RUNS ?? (testEngine() === 'sqlite' ? 2 : 1));
const seed = Number(process.env.HALLEY_API_SEED ?? randomInt(2 ** 31));

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required?: boolean;
  readonly allowEmptyValue?: boolean;
  readonly schema: Schema;
}
type Content = Readonly<Record<string, { readonly schema: Schema }>>;
interface Operation {
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content: Content }>> & {
    readonly default: { readonly content: Content };
  };
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const document = buildOpenApi('1.2.3') as unknown as Document;
const making: Making = { formats, refs: document.components.schemas };
const ajv = new Ajv2020({ strict: false, allErrors: false, multipleOfPrecision: 6 });
for (const [name, { holds }] of Object.entries(formats)) ajv.addFormat(name, holds);
ajv.addSchema({ $id: 'document', components: document.components });

const compiled = new Map<Schema, (value: unknown) => string | undefined>();

/** @returns the violation; undefined when the value matches */
function faultOf(schema: Schema, value: unknown): string | undefined {
  let check = compiled.get(schema);
  if (!check) {
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"document#/components/');
    const validate = ajv.compile(JSON.parse(text));
    check = (each) => (validate(each) ? undefined : ajv.errorsText(validate.errors));
    compiled.set(schema, check);
  }
  return check(value);
}

/** What a kind of upstream needs besides: its base URL, protocols, and keys of a form of its own. */
const ofKind =
  '"base_url" is missing|"protocols" is missing|A key of |The base URL (of|uses plain http)|names no region of AWS';

const tooMuchUsage = /at most \d+ days before|must be before "end"|more than \d+ buckets/;

/** Refusals that no schema can describe, since they depend on stored data. */
const byRecord: Readonly<Record<string, RegExp>> = {
  'put /api/token': /remain_quota" must not be negative|"status" (must be 1|is missing)|needs a budget/,
  'put /api/user': /needs a budget|of your own account/,
  'put /api/user/self': /"original_password" is missing/,
  'put /api/channel': new RegExp(`must be sent again|is given twice|more than the|${ofKind}`),
  'put /api/price': /two prices from the same moment/,
  'post /api/admin/token/search': /cannot go with "key"/,
  'post /api/user/topup': /exceed the largest quota/,
  'get /api/data': /at most \d+ days before/,
  'get /api/data/self': /at most \d+ days before/,
  'get /api/data/totals': /at most \d+ days before/,
  'get /api/data/self/totals': /at most \d+ days before/,
  'get /api/log/histogram': /at most \d+ days before/,
  'get /api/log/self/histogram': /at most \d+ days before/,
  'get /api/usage/series': tooMuchUsage,
  'get /api/usage/series/export': tooMuchUsage,
  'get /api/usage/series/self': tooMuchUsage,
  'get /api/usage/series/self/export': tooMuchUsage,
  'get /user/quota': /at most \d+ days before/,
  // Names that differ only in case.
  'post /api/channel': new RegExp(`is given twice|${ofKind}`),
  'post /api/channel/fetch_models': new RegExp(`is given twice|${ofKind}`),
  // The contents of a file, or its name, have rules of their own.
  'post /api/price/import': /./,
};

interface Cast {
  /** The access token of the administrator who makes all calls. */
  readonly token: string;
  readonly key: { readonly id: number; readonly value: string };
  readonly userId: number;
  readonly channelId: number;
}

let accounts = 0;
let reader: Cast | undefined;

/**
 * Creates separate accounts for each call that changes something, since some calls revoke accounts, keys and
 * tokens.
 */
async function makeCast(path: string): Promise<Cast> {
  const insert = async (role: 1 | 10, token: string | null) => {
    accounts += 1;
    const row = await rig.store.insertAccount({
      username: `cast${accounts}`,
      displayName: '',
      email: '',
      role,
      state: 'enabled',
      group: 'default',
      quota: 1000,
      unlimitedQuota: false,
      passwordHash: '',
      accessTokenDigest: token === null ? null : digestOf(token),
      budget: null,
      createdAt: 1,
    });
    assert.ok(typeof row === 'object');
    return row.id;
  };
  const token = `cast-token-${accounts}`;
  await insert(roles.admin, token);
  return {
    token,
    userId: await insert(roles.user, null),
    key: await createKey(rig, {}, token),
    channelId: path.startsWith('/api/channel') ? await onlyChannel() : 1,
  };
}

const demo = { name: 'demo', protocols: ['openai'], base_url: 'demo:', models: ['model-a'] };

/** Removes channels that earlier calls created, so that the number stays small. */
async function onlyChannel(): Promise<number> {
  for (const { id } of await rig.store.listChannels()) {
    if (id !== reader?.channelId) await rig.store.deleteChannel(id);
  }
  return Number(dataOf(await rig.call('POST', '/api/channel', { body: demo })).id);
}

interface Call {
  readonly id: string;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
  /** Whether ids refer to existing objects. */
  readonly aimed: boolean;
}

/** Bodies must not contain this name anywhere. */
const isReadable = (body: unknown) => !JSON.stringify(body)?.includes('"__proto__"');

const oddTexts = fc.constantFrom(
  'text',
  '',
  '1.5',
  '-1',
  '0',
  '1',
  '1e3',
  ' 1',
  '٣',
  '9'.repeat(30),
  'a%b%c%d',
  '\u0000',
);
const asText = (values: fc.Arbitrary<unknown>) => values.map(String);

const bodyOf = ({ requestBody }: Operation) => requestBody?.content['application/json']?.schema;

function callsOf(operation: Operation): fc.Arbitrary<Call> {
  const { parameters = [] } = operation;
  const body = bodyOf(operation);
  const query = parameters.filter((each) => each.in === 'query');
  const text = ({ schema }: Parameter) => fc.oneof(asText(fitting(schema, making)), oddTexts);
  const options = { requiredKeys: query.filter(({ required }) => required).map(({ name }) => name) };
  const place = parameters.find((each) => each.in === 'path');
  const ids = place
    ? fc.oneof(asText(fitting(place.schema, making)), fc.constantFrom('0', 'x', '-1', '01', '1.5'))
    : fc.constant('');
  return fc.record({
    id: ids,
    query: fc.record(Object.fromEntries(query.map((each) => [each.name, text(each)])), options as never),
    body: body
      ? fc.oneof(fitting(body, making), near(body, making)).filter(isReadable)
      : fc.constant(undefined),
    aimed: fc.boolean(),
  });
}

/** Replaces ids, which hardly ever exist, by ids of the cast. */
function aim(path: string, call: Call, cast: Cast): Call {
  const own = /^\/api\/(token|user|channel)\b/.exec(path)?.[1];
  const id = own === 'token' ? cast.key.id : own === 'channel' ? cast.channelId : cast.userId;
  const body = call.body as Record<string, unknown> | undefined;
  const names = { id, user_id: cast.userId, ids: [cast.key.id] };
  const aimed =
    call.aimed && typeof body === 'object' && body !== null && !Array.isArray(body)
      ? Object.fromEntries(
          Object.entries(body).map(([name, value]) =>
            name in names && faultlessId(value) ? [name, names[name as 'id']] : [name, value],
          ),
        )
      : body;
  // It is asked, and others may have any address.
  if (path === '/api/channel/fetch_models' && typeof aimed === 'object' && aimed && 'base_url' in aimed)
    aimed.base_url = 'demo:';
  const keyed = call.aimed && 'key' in call.query ? { ...call.query, key: cast.key.value } : call.query;
  // Other channels may have any address.
  const always = /^\/api\/channel\/(?:test|fetch_models)\/{id}$/.test(path) && /^[1-9]\d*$/.test(call.id);
  const isNumber = /^[1-9]\d*$/.test(call.id);
  return {
    ...call,
    id: always || (call.aimed && own !== undefined && isNumber) ? String(id) : call.id,
    query: keyed,
    body: aimed,
  };
}

const faultlessId = (value: unknown) =>
  Array.isArray(value)
    ? value.every((each) => Number.isSafeInteger(each) && each > 0)
    : Number.isSafeInteger(value) && (value as number) > 0;

/** Parses a parameter by its type, as a program would. */
function readAs({ schema, in: place }: Parameter, text: string): unknown {
  const digits = place === 'path' ? /^-?[1-9]\d*$/ : /^-?\d+$/;
  return schema.type === 'integer' && digits.test(text) ? Number(text) : text;
}

function faultsOf(operation: Operation, { id, query, body }: Call): string[] {
  const { parameters = [] } = operation;
  const faults = parameters.map((parameter) => {
    const text = parameter.in === 'path' ? id : query[parameter.name];
    if (text === undefined) return parameter.required ? `${parameter.name} is missing` : undefined;
    if (text === '' && parameter.allowEmptyValue) return undefined;
    const fault = faultOf(parameter.schema, readAs(parameter, text));
    return fault && `${parameter.name}: ${fault}`;
  });
  const schema = bodyOf(operation);
  faults.push(schema && faultOf(schema, body));
  return faults.filter((fault) => fault !== undefined);
}

async function send(method: string, path: string, operation: Operation, call: Call, cast: Cast) {
  const query = new URLSearchParams(
    Object.entries(call.query).filter((each): each is [string, string] => each[1] !== undefined),
  );
  const byKey = operation.security.some((each) => 'apiKey' in each);
  const authorization = byKey ? `Bearer ${cast.key.value}` : cast.token;
  const place = path.replace('{id}', encodeURIComponent(call.id));
  const response = await fetch(`http://127.0.0.1:${rig.port}${place}?${query}`, {
    method,
    headers: { ...(operation.security.length > 0 && { authorization }), 'content-type': 'application/json' },
    ...(operation.requestBody && { body: JSON.stringify(call.body) }),
  });
  return {
    status: response.status,
    type: response.headers.get('content-type')?.split(';')[0] ?? '',
    text: await response.text(),
  };
}

type Reply = Awaited<ReturnType<typeof send>>;

const readJson = ({ type, text }: Reply) =>
  type === 'application/json' ? (JSON.parse(text) as Record<string, unknown>) : text;

const linesOf = ({ text }: Reply) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

function assertDocumented(operation: Operation, reply: Reply): void {
  const { content } = operation.responses[reply.status] ?? operation.responses.default;
  const schema = content[reply.type]?.schema;
  assert.ok(schema, `${reply.status} answers ${reply.type}`);
  const values = reply.type === 'application/x-ndjson' ? linesOf(reply) : [readJson(reply)];
  for (const value of nonEmpty(values)) {
    assert.equal(faultOf(schema, value), undefined, `${reply.text.slice(0, 500)} is not as documented`);
  }
}

async function check(method: string, path: string, operation: Operation, made: Call): Promise<void> {
  const isReading = method === 'get' && path !== '/api/user/token';
  if (isReading) reader ??= await makeCast('/api/channel');
  const cast = isReading && reader ? reader : await makeCast(path);
  const call = aim(path, made, cast);
  const reply = await send(method.toUpperCase(), path, operation, call, cast);
  const json = readJson(reply);
  const refused = typeof json === 'object' && (json.success === false || reply.status >= 400);
  const message = typeof json === 'object' ? String(json.message) : '';
  const faults = faultsOf(operation, call);
  const said = `${JSON.stringify(call)}: ${reply.status} ${reply.text.slice(0, 300)}`;
  assert.ok(reply.status < 500, `a call must not fail inside: ${said}`);
  if (faults.length > 0) assert.ok(refused, `invalid (${faults.join('; ')}), and yet taken: ${said}`);
  else if (!byRecord[`${method} ${path}`]?.test(message)) {
    assert.notEqual(reply.status, 400, `valid, and yet not understood: ${said}`);
  }
  assertDocumented(operation, reply);
}

for (const [path, item] of nonEmpty(Object.entries(document.paths))) {
  // Calls that are forwarded to an upstream are tested elsewhere, with an upstream.
  if (path === '/api/playground') continue;
  if (!path.startsWith('/api/') && !path.includes('/billing/') && path !== '/user/quota') continue;
  for (const [method, operation] of nonEmpty(Object.entries(item))) {
    test(`${method.toUpperCase()} ${path} accepts exactly the calls that are valid by the document`, async () => {
      const fields = Object.keys(bodyOf(operation)?.properties ?? {});
      // Hashing a password takes long.
      const each = fields.includes('password') ? 1 : 3;
      const numRuns = runs * (3 + (operation.parameters?.length ?? 0) + each * fields.length);
      await fc.assert(
        fc.asyncProperty(callsOf(operation), (call) => check(method, path, operation, call)),
        { numRuns, seed, endOnFailure: true },
      );
    });
  }
}
