/**
 * What happens to each field of a Responses request when its model is served over another protocol. Names are those of
 * `ResponseCreateParamsBase` and of the types that it leads to, in the `openai` package.
 */
import type { Fate, FateTable, FieldFate } from '../fates.ts';
import type { FormName } from '../form/request.ts';

/** By target: chat, messages, gemini. */
const by = (chat: Fate, messages: Fate, gemini: Fate): Readonly<Partial<Record<FormName, Fate>>> => ({
  chat,
  messages,
  gemini,
});

const all = (fate: FieldFate, prefix: string, names: string): FateTable =>
  Object.fromEntries(names.split(' ').map((name) => [prefix + name, fate]));

/** `FunctionTool` and `NamespaceTool.Function`. */
function functionFates(prefix: string): FateTable {
  return {
    [prefix]: 'mapped',
    ...all('mapped', `${prefix}.`, 'type name description strict'),
    [`${prefix}.parameters`]: 'free',
    [`${prefix}.async`]: { unless: [false], fate: 'dropped' },
    [`${prefix}.defer_loading`]: { unless: [false], fate: 'dropped' },
    ...all('dropped', `${prefix}.`, 'output_schema allowed_callers'),
  };
}

/** Fields of tools that are neither functions nor namespaces are free: their types are refused, in words that name them. */
function toolFates(prefix: string): FateTable {
  return {
    ...functionFates(prefix),
    [`${prefix}.tools`]: 'mapped',
    ...functionFates(`${prefix}.tools[]`),
    [`${prefix}.tools[].format`]: 'free',
    ...all(
      'free',
      `${prefix}.`,
      'vector_store_ids filters max_num_results ranking_options display_height display_width environment ' +
        'external_web_access search_context_size search_content_types user_location server_label allowed_tools ' +
        'authorization connector_id headers require_approval server_description server_url tunnel_id container ' +
        'action background complexity frame_count frame_duration_ms input_fidelity input_image_mask model ' +
        'moderation output_compression output_format partial_images quality size svg format execution',
    ),
  };
}

/** Parts of messages and of tool results. */
function contentFates(prefix: string): FateTable {
  return {
    [prefix]: 'mapped',
    [`${prefix}[]`]: 'mapped',
    ...all('mapped', `${prefix}[].`, 'type text refusal image_url file_data filename'),
    ...all('ignored', `${prefix}[].`, 'annotations logprobs'),
    [`${prefix}[].detail`]: { unless: ['auto'], fate: by('mapped', 'dropped', 'mapped') },
    [`${prefix}[].file_url`]: by('refused', 'mapped', 'mapped'),
    [`${prefix}[].file_id`]: 'refused',
    // Not among the parts of a message, though there is a type for it.
    [`${prefix}[].input_audio`]: 'free',
    [`${prefix}[].prompt_cache_breakpoint`]: by('mapped', 'mapped', 'dropped'),
    ...all('mapped', `${prefix}[].prompt_cache_breakpoint.`, 'mode ttl'),
  };
}

/** Items of the kinds that the reader knows, and the fields of others, whose types it refuses by name. */
const itemFates: FateTable = {
  'input[]': 'mapped',
  ...all('mapped', 'input[].', 'type role call_id name arguments summary encrypted_content tools'),
  ...all('ignored', 'input[].', 'id status'),
  // No place in the internal form; the carrier of signatures takes none of it.
  'input[].phase': 'dropped',
  'input[].async': { unless: [false], fate: 'dropped' },
  'input[].namespace': 'mapped',
  'input[].caller': 'mapped',
  'input[].caller.type': { unless: ['direct'], fate: 'refused' },
  'input[].caller.caller_id': 'refused',
  ...contentFates('input[].content'),
  ...contentFates('input[].output'),
  'input[].summary[]': 'mapped',
  ...all('mapped', 'input[].summary[].', 'type text'),
  ...toolFates('input[].tools[]'),
  ...all(
    'free',
    'input[].',
    'queries results pending_safety_checks action actions acknowledged_safety_checks execution reasoning text ' +
      'result background error output_format quality revised_prompt size svg_usage code container_id outputs ' +
      'environment max_output_length operation server_label approval_request_id approve reason input caller_id',
  ),
};

const outputFates: FateTable = {
  text: 'mapped',
  'text.verbosity': by('mapped', 'dropped', 'dropped'),
  'text.format': 'mapped',
  ...all('mapped', 'text.format.', 'type name description strict'),
  'text.format.schema': 'free',
  reasoning: 'mapped',
  'reasoning.effort': 'mapped',
  'reasoning.summary': by('dropped', 'mapped', 'mapped'),
  'reasoning.generate_summary': by('dropped', 'mapped', 'mapped'),
  'reasoning.context': { unless: ['auto'], fate: 'dropped' },
  'reasoning.mode': { unless: ['standard'], fate: 'dropped' },
  include: 'mapped',
  'include[]': 'mapped',
  top_logprobs: { unless: [0], fate: by('mapped', 'refused', 'mapped') },
};

const toolChoiceFates: FateTable = {
  tool_choice: 'mapped',
  ...all('mapped', 'tool_choice.', 'type mode name tools'),
  'tool_choice.server_label': 'free',
  'tool_choice.tools[]': 'mapped',
  ...all('mapped', 'tool_choice.tools[].', 'type name'),
  'tool_choice.tools[].server_label': 'free',
};

/** State that is kept at one account of the provider, and what runs only there. */
const storedFates: FateTable = {
  ...all('refused', '', 'previous_response_id conversation prompt context_management'),
  background: { unless: [false], fate: 'refused' },
  truncation: { unless: ['disabled'], fate: 'refused' },
  store: { unless: [false], fate: 'dropped' },
};

const serviceFates: FateTable = {
  metadata: by('free', 'dropped', 'dropped'),
  // Codex sends it for its maker's statistics; it is not in the types.
  client_metadata: 'ignored',
  user: by('mapped', 'mapped', 'dropped'),
  safety_identifier: by('mapped', 'mapped', 'dropped'),
  service_tier: { unless: ['auto'], fate: by('mapped', 'dropped', 'mapped') },
  prompt_cache_key: by('mapped', 'dropped', 'dropped'),
  prompt_cache_retention: 'dropped',
  prompt_cache_options: 'mapped',
  'prompt_cache_options.mode': { unless: ['implicit'], fate: 'dropped' },
  // The lifetime of the breakpoints on parts.
  'prompt_cache_options.ttl': by('mapped', 'mapped', 'dropped'),
  'prompt_cache_options.comparison_response_id': 'dropped',
  'prompt_cache_options.prewarm': { unless: [false], fate: by('refused', 'mapped', 'refused') },
  generate: { unless: [true], fate: by('refused', 'mapped', 'refused') },
  moderation: 'mapped',
  'moderation.model': 'dropped',
  'moderation.policy': 'mapped',
  ...all('mapped', 'moderation.policy.', 'input output'),
  'moderation.policy.input.mode': { unless: ['score'], fate: 'refused' },
  'moderation.policy.output.mode': { unless: ['score'], fate: 'refused' },
  access_programs: 'dropped',
  image: 'dropped',
  max_tool_calls: 'dropped',
  stream_options: 'mapped',
  'stream_options.include_obfuscation': { unless: [false], fate: 'dropped' },
};

export const responsesFates: FateTable = {
  ...all('mapped', '', 'model stream input instructions max_output_tokens temperature top_p'),
  ...all('mapped', '', 'tools parallel_tool_calls'),
  ...itemFates,
  ...toolFates('tools[]'),
  ...toolChoiceFates,
  ...outputFates,
  ...storedFates,
  ...serviceFates,
};
