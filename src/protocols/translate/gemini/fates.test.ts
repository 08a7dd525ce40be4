/** Every field of Gemini's requests has a fate, by both spellings. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { nonEmpty } from '../../../../tests/support/non-empty.ts';
import type { JsonObject } from '../../protocol.ts';
import { checkFates } from '../fates.ts';
import type { FormName } from '../form/request.ts';
import { Losses } from '../losses.ts';
import { geminiFates } from './fates.ts';

const sdk = dirname(createRequire(import.meta.url).resolve('@google/genai'));
const types = readFileSync(join(sdk, '../genai.d.ts'), 'utf8').replaceAll('\r\n', '\n');

function membersOf(name: string): readonly string[] {
  const [, body = ''] =
    new RegExp(`^export declare (?:interface|class) ${name} \\{\\n(.*?)^\\}`, 'ms').exec(types) ?? [];
  return [...body.matchAll(/^ {4}(\w+)\??:/gm)].map(([, member = '']) => member);
}

/** Options of the SDK alone, never on the wire. */
const sdkOnly = ['httpOptions', 'abortSignal', 'automaticFunctionCalling', 'automaticContinuation'];
/** What the SDK calls otherwise than the wire. */
const wireNames: Readonly<Record<string, string>> = { generationOutputConfig: 'outputConfig' };

describe('the fates of fields', () => {
  it('every field of a request has one', () => {
    const config = membersOf('GenerationConfig');
    for (const name of nonEmpty(config)) assert.ok(geminiFates[`generationConfig.${name}`], name);
    const top = membersOf('GenerateContentConfig').filter((name) => !sdkOnly.includes(name));
    for (const name of nonEmpty(top)) {
      assert.ok(geminiFates[wireNames[name] ?? name] ?? geminiFates[`generationConfig.${name}`], name);
    }
  });

  for (const [path, type] of [
    ['contents[]', 'Content'],
    ['contents[].parts[]', 'Part'],
    ['contents[].parts[].functionCall', 'FunctionCall'],
    ['contents[].parts[].functionResponse', 'FunctionResponse'],
    ['contents[].parts[].functionResponse.parts[]', 'FunctionResponsePart'],
    ['contents[].parts[].functionResponse.parts[].inlineData', 'FunctionResponseBlob'],
    ['contents[].parts[].fileData', 'FileData'],
    ['tools[].functionDeclarations[]', 'FunctionDeclaration'],
    ['toolConfig', 'ToolConfig'],
    ['toolConfig.functionCallingConfig', 'FunctionCallingConfig'],
    ['generationConfig.thinkingConfig', 'ThinkingConfig'],
    ['generationConfig.responseFormat[]', 'ResponseFormat'],
    ['generationConfig.responseFormat[].text', 'TextResponseFormat'],
  ] as const) {
    it(`every member of ${type} has one`, () => {
      for (const name of nonEmpty(membersOf(type))) assert.ok(geminiFates[`${path}.${name}`], name);
    });
  }

  const check = (body: JsonObject, target: FormName = 'chat') => {
    const losses = new Losses('strict', target);
    checkFates(body, geminiFates, target, losses);
    return losses.dropped;
  };

  it('both spellings count, mixed too', () => {
    assert.deepEqual(check({ generation_config: { thinkingConfig: { thinking_budget: '5' } } }), []);
    assert.deepEqual(check({ contents: [{ parts: [{ file_data: { fileUri: 'u', mime_type: 'm' } }] }] }), []);
    assert.deepEqual(check({ safety_settings: [], generationConfig: { media_resolution: 'X' } }), [
      'safety_settings',
      'generationConfig.media_resolution',
    ]);
  });

  it("what other providers' models cannot do is refused by name", () => {
    const refused: readonly (readonly [string, JsonObject])[] = [
      ['cached_content', { cached_content: 'c' }],
      ['tools[].googleSearch', { tools: [{ googleSearch: {} }] }],
      ['contents[].parts[].executableCode', { contents: [{ parts: [{ executableCode: {} }] }] }],
      [
        'generationConfig.responseModalities[]',
        { generationConfig: { responseModalities: ['TEXT', 'IMAGE'] } },
      ],
      ['generationConfig.somethingNew', { generationConfig: { somethingNew: 1 } }],
    ];
    for (const [param, body] of refused) assert.throws(() => check(body), { code: 'invalid_body', param });
    const plain = { generationConfig: { candidateCount: 1, responseModalities: ['TEXT'], logprobs: 0 } };
    assert.deepEqual(check(plain), []);
  });

  it('what only some targets know is left out by name for the others', () => {
    const generationConfig = { seed: 7, presencePenalty: 0.5, frequency_penalty: 0.5 };
    const names = Object.keys(generationConfig).map((name) => `generationConfig.${name}`);
    for (const target of nonEmpty(['messages', 'responses'] as const)) {
      assert.deepEqual(check({ generationConfig }, target), names, target);
      assert.deepEqual(check({ generationConfig: { presencePenalty: 0 } }, target), []);
    }
    assert.deepEqual(check({ generationConfig }, 'chat'), []);
  });

  it('arguments, results, schemas and labels are free', () => {
    const functionCall = { name: 'f', args: { executableCode: { deep: [1] } } };
    const functionResponse = { name: 'f', response: { any: { thing: 1 } } };
    const contents = [{ parts: [{ functionCall }, { functionResponse }] }];
    const tools = [{ functionDeclarations: [{ name: 'f', parameters_json_schema: { $defs: {} } }] }];
    assert.deepEqual(check({ contents, tools, labels: { team: 'a' } }), []);
    assert.deepEqual(check({ contents, tools, labels: { team: 'a' } }, 'messages'), ['labels']);
  });
});
