/** What happens to each field of a chat completion request, by the form of the upstream. Pure. */
import type { Fate, FateTable } from '../fates.ts';
import type { FormName } from '../form/request.ts';

type ByTarget = { readonly [Target in FormName]?: Fate };

const onlyResponses: ByTarget = { responses: 'mapped', messages: 'dropped', gemini: 'dropped' };
const onlyGemini: ByTarget = { responses: 'dropped', messages: 'dropped', gemini: 'mapped' };
const notMessages: ByTarget = { responses: 'mapped', gemini: 'mapped' };
const notGemini: ByTarget = { responses: 'mapped', messages: 'mapped', gemini: 'dropped' };

/** Fields that only tune, carry words or ask for what a response of any form has. Facts, section 15, rows of C. */
const top: FateTable = {
  model: 'mapped',
  messages: 'mapped',
  'messages[]': 'mapped',
  stream: 'mapped',
  stream_options: 'mapped',
  /** The gateway's own: it decides about the chunk with the usage. */
  'stream_options.include_usage': 'ignored',
  'stream_options.include_obfuscation': { unless: [false], fate: 'dropped' },
  max_completion_tokens: 'mapped',
  max_tokens: 'mapped',
  temperature: 'mapped',
  top_p: 'mapped',
  /** No field of OpenAI's; vLLM, OpenRouter and others have it. */
  top_k: { responses: 'dropped', messages: 'mapped', gemini: 'mapped' },
  /** Others' ways to tune. */
  min_p: 'dropped',
  repetition_penalty: 'dropped',
  stop: 'mapped',
  'stop[]': 'mapped',
  n: { unless: [1], fate: { gemini: 'mapped' } },
  logprobs: { unless: [false], fate: notMessages },
  top_logprobs: { unless: [0], fate: notMessages },
  seed: onlyGemini,
  presence_penalty: { unless: [0], fate: onlyGemini },
  frequency_penalty: { unless: [0], fate: onlyGemini },
  logit_bias: 'dropped',
  parallel_tool_calls: { unless: [true], fate: notGemini },
  verbosity: { unless: ['medium'], fate: onlyResponses },
  service_tier: {
    unless: ['auto', 'default'],
    fate: { responses: 'mapped', messages: 'dropped', gemini: 'mapped' },
  },
  safety_identifier: notGemini,
  user: notGemini,
  metadata: { responses: 'free', messages: 'dropped', gemini: 'dropped' },
  /** Nothing is stored for later: that needs a storage of the gateway's own. */
  store: { unless: [false], fate: 'dropped' },
  prompt_cache_key: onlyResponses,
  prompt_cache_options: 'dropped',
  prompt_cache_retention: 'dropped',
  prediction: 'dropped',
  audio: 'refused',
  modalities: 'mapped',
  'modalities[]': { unless: ['text'], fate: 'refused' },
  web_search_options: 'refused',
  moderation: 'mapped',
  'moderation.model': 'dropped',
  'moderation.policy': 'mapped',
  'moderation.policy.input': 'mapped',
  /** `block` protects; `score` only tells. */
  'moderation.policy.input.mode': { unless: ['score'], fate: 'refused' },
  'moderation.policy.output': 'mapped',
  'moderation.policy.output.mode': { unless: ['score'], fate: 'refused' },
};

const reasoningAndFormat: FateTable = {
  reasoning_effort: 'mapped',
  /** OpenRouter's form: https://openrouter.ai/docs/use-cases/reasoning-tokens */
  reasoning: 'mapped',
  'reasoning.effort': 'mapped',
  'reasoning.max_tokens': 'mapped',
  'reasoning.exclude': 'mapped',
  'reasoning.enabled': 'mapped',
  include_reasoning: 'ignored',
  response_format: 'mapped',
  'response_format.type': 'mapped',
  'response_format.json_schema': 'mapped',
  'response_format.json_schema.name': 'mapped',
  'response_format.json_schema.description': 'mapped',
  'response_format.json_schema.strict': 'mapped',
  'response_format.json_schema.schema': 'free',
};

const tools: FateTable = {
  tools: 'mapped',
  'tools[]': 'mapped',
  'tools[].type': 'mapped',
  'tools[].function': 'mapped',
  'tools[].function.name': 'mapped',
  'tools[].function.description': 'mapped',
  'tools[].function.strict': 'mapped',
  'tools[].function.parameters': 'free',
  'tools[].custom': 'refused',
  'tools[].cache_control': { responses: 'dropped', messages: 'mapped', gemini: 'dropped' },
  'tools[].cache_control.type': 'mapped',
  'tools[].cache_control.ttl': 'mapped',
  functions: 'mapped',
  'functions[]': 'mapped',
  'functions[].name': 'mapped',
  'functions[].description': 'mapped',
  'functions[].parameters': 'free',
  function_call: 'mapped',
  'function_call.name': 'mapped',
  tool_choice: 'mapped',
  'tool_choice.type': 'mapped',
  'tool_choice.function': 'mapped',
  'tool_choice.function.name': 'mapped',
  'tool_choice.custom': 'refused',
  'tool_choice.allowed_tools': 'mapped',
  'tool_choice.allowed_tools.mode': 'mapped',
  'tool_choice.allowed_tools.tools': 'mapped',
  'tool_choice.allowed_tools.tools[]': 'mapped',
  'tool_choice.allowed_tools.tools[].type': 'mapped',
  'tool_choice.allowed_tools.tools[].function': 'mapped',
  'tool_choice.allowed_tools.tools[].function.name': 'mapped',
};

const messages: FateTable = {
  'messages[].role': 'mapped',
  'messages[].content': 'mapped',
  /** A tool's name in results; of a participant it is dropped by the reader, which knows the role. */
  'messages[].name': 'mapped',
  'messages[].refusal': 'mapped',
  'messages[].audio': 'refused',
  'messages[].tool_call_id': 'mapped',
  'messages[].function_call': 'mapped',
  'messages[].function_call.name': 'mapped',
  'messages[].function_call.arguments': 'mapped',
  'messages[].tool_calls': 'mapped',
  'messages[].tool_calls[]': 'mapped',
  'messages[].tool_calls[].id': 'mapped',
  'messages[].tool_calls[].type': 'mapped',
  'messages[].tool_calls[].function': 'mapped',
  'messages[].tool_calls[].function.name': 'mapped',
  'messages[].tool_calls[].function.arguments': 'mapped',
  'messages[].tool_calls[].custom': 'refused',
  /** Google's place for thought signatures; Vertex has its own name for it. */
  'messages[].tool_calls[].extra_content': 'mapped',
  'messages[].tool_calls[].extra_content.google': 'mapped',
  'messages[].tool_calls[].extra_content.google.thought_signature': 'mapped',
  'messages[].tool_calls[].extra_content.vertex': 'mapped',
  'messages[].tool_calls[].extra_content.vertex.thought_signature': 'mapped',
  'messages[].reasoning_content': 'mapped',
  'messages[].reasoning': 'mapped',
  'messages[].reasoning_details': 'free',
  'messages[].images': 'dropped',
  /** Anthropic's marker on a whole message or call, as opencode writes it. */
  'messages[].cache_control': notGemini,
  'messages[].cache_control.type': 'mapped',
  'messages[].cache_control.ttl': 'mapped',
  'messages[].tool_calls[].cache_control': notGemini,
  'messages[].tool_calls[].cache_control.type': 'mapped',
  'messages[].tool_calls[].cache_control.ttl': 'mapped',
  /** What clients echo of a response that they were given, and no model reads. */
  'messages[].annotations': 'ignored',
  'messages[].parsed': 'ignored',
  'messages[].tool_calls[].index': 'ignored',
  'messages[].tool_calls[].function.parsed_arguments': 'ignored',
};

const parts: FateTable = {
  'messages[].content[]': 'mapped',
  'messages[].content[].type': 'mapped',
  'messages[].content[].text': 'mapped',
  'messages[].content[].refusal': 'mapped',
  'messages[].content[].image_url': 'mapped',
  'messages[].content[].image_url.url': 'mapped',
  'messages[].content[].image_url.detail': {
    unless: ['auto'],
    fate: { responses: 'mapped', messages: 'dropped', gemini: 'mapped' },
  },
  'messages[].content[].input_audio': { responses: 'refused', messages: 'refused', gemini: 'mapped' },
  'messages[].content[].input_audio.data': 'mapped',
  'messages[].content[].input_audio.format': 'mapped',
  'messages[].content[].file': 'mapped',
  'messages[].content[].file.file_data': 'mapped',
  'messages[].content[].file.filename': 'mapped',
  /** A file of one account at one provider. */
  'messages[].content[].file.file_id': 'refused',
  'messages[].content[].prompt_cache_breakpoint': notGemini,
  'messages[].content[].prompt_cache_breakpoint.mode': 'mapped',
  'messages[].content[].prompt_cache_breakpoint.ttl': 'mapped',
  /** Anthropic's marker, which gateways take from clients of this form. */
  'messages[].content[].cache_control': notGemini,
  'messages[].content[].cache_control.type': 'mapped',
  'messages[].content[].cache_control.ttl': 'mapped',
};

export const chatFates: FateTable = { ...top, ...reasoningAndFormat, ...tools, ...messages, ...parts };
