/** What OpenAI Responses refuses of a request. */
import { isStrictSchema } from './chat-rules.ts';
import { hasOnly, isAbsent, isLike, isObject, type Json, list, object } from './json.ts';
import type { Asking, Rule } from './rule.ts';
import { isSignedBy } from './signatures.ts';

const fields =
  'access_programs background context_management conversation image include input instructions max_output_tokens ' +
  'max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key ' +
  'prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options ' +
  'temperature text tool_choice tools top_logprobs top_p truncation user';
const itemFields: Readonly<Record<string, string>> = {
  message: 'type role content phase id status',
  function_call: 'type call_id name arguments id status async caller namespace',
  function_call_output: 'type call_id output id status name namespace caller',
  reasoning: 'type id summary content encrypted_content status',
};
const namePattern = /^[a-zA-Z0-9_-]{1,64}$/;

/** The items; a text is a message of the user. */
export function itemsOf({ input }: Json): readonly Json[] {
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : list(input);
  return items.map((item) => ({ type: 'message', ...item }));
}
const ofType = ({ body }: Asking, type: string) => itemsOf(body).filter((item) => item.type === type);
const contents = (asking: Asking) => [
  ...ofType(asking, 'message').flatMap(({ content }) => list(content)),
  ...ofType(asking, 'function_call_output').flatMap(({ output }) => list(output)),
];

function contentFitsRole({ role, content }: Json): boolean {
  const known =
    role === 'assistant' ? ['output_text', 'refusal'] : ['input_text', 'input_image', 'input_file'];
  return list(content).every(({ type }) => known.includes(String(type)));
}

function resultsFit({ body }: Asking): boolean {
  const open = new Set<unknown>();
  for (const { type, call_id } of itemsOf(body)) {
    if (type === 'function_call') open.add(call_id);
    if (type === 'function_call_output' && !open.delete(call_id)) return false;
  }
  return open.size === 0;
}

const prefixes: Readonly<Record<string, string>> = {
  message: 'msg_',
  function_call: 'fc_',
  reasoning: 'rs_',
};

function isOwnReasoning({ id, summary, encrypted_content }: Json): boolean {
  return Array.isArray(summary) && isSignedBy('openai', String(id), encrypted_content);
}

function reasoningIsFollowed({ body }: Asking): boolean {
  const items = itemsOf(body);
  return items.every(({ type }, at) => {
    const next = items[at + 1];
    if (type !== 'reasoning') return true;
    return next?.type === 'function_call' || next?.type === 'reasoning' || next?.role === 'assistant';
  });
}

function isMedia(part: Json): boolean {
  if (part.type === 'input_image') {
    return typeof part.detail === 'string' && /^(?:https?:|data:image\/)/.test(String(part.image_url));
  }
  if (part.type !== 'input_file') return true;
  const isData = String(part.file_data).startsWith('data:application/pdf;base64,JVBER');
  return isAbsent(part.file_url) ? isData && typeof part.filename === 'string' : isAbsent(part.file_data);
}

function isTool(tool: Json): boolean {
  const known = 'type name description parameters strict allowed_callers async defer_loading output_schema';
  const fits = tool.strict !== true || isStrictSchema(tool.parameters);
  const isWhole = 'strict' in tool && 'parameters' in tool && isLike(tool.name, namePattern);
  return tool.type === 'function' && hasOnly(tool, known) && isWhole && fits;
}

function isToolChoice({ tool_choice: choice, tools }: Json): boolean {
  if (isAbsent(choice)) return true;
  const names = list(tools).map(({ name }) => name);
  if (typeof choice === 'string') return ['auto', 'none', 'required'].includes(choice) && names.length > 0;
  const { type, name, tools: allowed } = object(choice);
  if (type === 'function') return names.includes(name);
  return type === 'allowed_tools' && list(allowed).every((each) => names.includes(each.name));
}

function isFormat(format: unknown): boolean {
  if (isAbsent(format)) return true;
  const { type, name, schema, strict } = object(format);
  if (type !== 'json_schema') return type === 'text' || type === 'json_object';
  const fits = strict !== true || isStrictSchema(schema);
  return (
    hasOnly(object(format), 'type name schema strict description') &&
    isLike(name, namePattern) &&
    isObject(schema) &&
    fits
  );
}

const call = { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' };
const result = { type: 'function_call_output', call_id: 'a', output: 'sunny' };
const userWith = (part: object) => [{ role: 'user', content: [part] }];
const foreign = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'anthropic-e3b0c442' };

export const responsesRules: readonly Rule[] = [
  {
    says: 'Unknown parameter',
    source: '[TO] ResponseCreateParamsBase',
    holds: ({ body }) => hasOnly(body, fields),
    broken: { stop: ['a'] },
  },
  {
    says: 'max_output_tokens: integer below minimum value, expected a value >= 16',
    source: 'the error integer_below_min_value (write-request.ts)',
    holds: ({ body }) => isAbsent(body.max_output_tokens) || Number(body.max_output_tokens) >= 16,
    broken: { max_output_tokens: 1 },
  },
  {
    says: 'input: invalid type of an item',
    source: '[TO] ResponseInputItem',
    holds: ({ body }) => itemsOf(body).every(({ type }) => itemFields[String(type)] !== undefined),
    broken: { input: [{ type: 'tool_result' }] },
  },
  {
    says: 'input: unknown parameter of an item',
    source: '[TO] the types of ResponseInputItem',
    holds: ({ body }) => itemsOf(body).every((item) => hasOnly(item, itemFields[String(item.type)] ?? '')),
    broken: { input: [{ role: 'user', content: 'Hello', name: 'a' }] },
  },
  {
    says: "input.role: supported values are 'assistant', 'system', 'developer' and 'user'",
    source: '[TO] EasyInputMessage.role',
    holds: (asking) =>
      ofType(asking, 'message').every(({ role }) =>
        ['user', 'assistant', 'system', 'developer'].includes(String(role)),
      ),
    broken: { input: [{ role: 'tool', content: 'Hello' }] },
  },
  {
    says: 'input.content: invalid value for this role',
    source: '[TO] ResponseInputMessageContentList, ResponseOutputMessage.content; facts 2',
    holds: (asking) => ofType(asking, 'message').every(contentFitsRole),
    broken: { input: [{ role: 'assistant', content: [{ type: 'input_text', text: 'Hi' }] }] },
  },
  {
    says: 'No tool output found for function call, or no tool call found for function call output',
    source: 'facts 3.1 and 3.4',
    holds: resultsFit,
    broken: { input: [call] },
  },
  {
    says: 'input.call_id: string too long, at most 64',
    source: 'facts 3.1 (codex#14355)',
    holds: ({ body }) =>
      itemsOf(body).every(({ call_id }) => isAbsent(call_id) || String(call_id).length <= 64),
    broken: {
      input: [
        { ...call, call_id: 'a'.repeat(65) },
        { ...result, call_id: 'a'.repeat(65) },
      ],
    },
  },
  {
    says: "input.id: expected an ID that begins with the item's prefix",
    source: 'facts 3.1 (Bifrost changelogs)',
    holds: ({ body }) =>
      itemsOf(body).every(
        ({ type, id }) => isAbsent(id) || String(id).startsWith(prefixes[String(type)] ?? ''),
      ),
    broken: { input: [{ ...call, id: 'toolu_1' }, result] },
  },
  {
    says: 'The encrypted content could not be verified (invalid_encrypted_content)',
    source: 'facts 5.2 (experiential#965, sub2api#4986)',
    holds: (asking) => ofType(asking, 'reasoning').every(isOwnReasoning),
    broken: { input: [foreign, { role: 'assistant', content: 'Hi' }] },
  },
  {
    says: "Item of type 'reasoning' was provided without its required following item",
    source: 'continue#8933, vercel/ai#7099',
    holds: reasoningIsFollowed,
    broken: {
      input: [
        { ...foreign, encrypted_content: 'openai-0d69684d' },
        { role: 'user', content: 'Hi' },
      ],
    },
  },
  {
    says: 'input.content: an image without detail or URL, or a file without name or data',
    source: '[TO] ResponseInputImage.detail, ResponseInputFile; facts 4',
    holds: (asking) => contents(asking).every(isMedia),
    broken: { input: userWith({ type: 'input_image', image_url: { url: 'https://a.example/b.png' } }) },
  },
  {
    says: 'tools: missing required parameter, unknown parameter, or a schema that strict refuses',
    source: '[TO] FunctionTool; facts 3.2',
    holds: ({ body }) => list(body.tools).every(isTool),
    broken: { tools: [{ type: 'function', name: 'f', parameters: null }] },
  },
  {
    says: 'tool_choice: unknown, without tools, or names no tool',
    source: '[TO] ToolChoiceFunction, ToolChoiceAllowed; facts 3.3',
    holds: ({ body }) => isToolChoice(body),
    broken: { tool_choice: { type: 'function', function: { name: 'f' } } },
  },
  {
    says: 'text.format: missing name or schema, or a schema that strict refuses',
    source: '[TO] ResponseFormatTextJSONSchemaConfig; facts 7',
    holds: ({ body }) => isFormat(object(body.text).format),
    broken: { text: { format: { type: 'json_schema', json_schema: {} } } },
  },
  {
    says: 'reasoning: unknown parameter or value',
    source: '[TO] Reasoning',
    holds: ({ body }) =>
      hasOnly(object(body.reasoning), 'effort summary context mode generate_summary') &&
      ['undefined', 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'].includes(
        String(object(body.reasoning).effort),
      ),
    broken: { reasoning: { effort: 'adaptive' } },
  },
];
