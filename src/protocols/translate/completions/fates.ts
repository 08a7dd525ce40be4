/** What happens to each field of a legacy completion request, by the form of the upstream. Pure. */
import type { Fate, FateTable } from '../fates.ts';
import type { FormName } from '../form/request.ts';

type ByTarget = { readonly [Target in FormName]: Fate };

const chatAndGemini: ByTarget = {
  chat: 'mapped',
  responses: 'dropped',
  messages: 'dropped',
  gemini: 'mapped',
};

export const completionsFates: FateTable = {
  model: 'mapped',
  /** Read by its kind: one text. */
  prompt: 'free',
  stream: 'mapped',
  stream_options: 'mapped',
  /** The gateway's own: it decides about the chunk with the usage. */
  'stream_options.include_usage': 'ignored',
  'stream_options.include_obfuscation': { unless: [false], fate: 'dropped' },
  max_tokens: 'mapped',
  temperature: 'mapped',
  top_p: 'mapped',
  /** No fields of OpenAI's; vLLM and others have them. */
  top_k: { chat: 'dropped', responses: 'dropped', messages: 'mapped', gemini: 'mapped' },
  min_p: 'dropped',
  repetition_penalty: 'dropped',
  stop: 'mapped',
  'stop[]': 'mapped',
  seed: chatAndGemini,
  presence_penalty: { unless: [0], fate: chatAndGemini },
  frequency_penalty: { unless: [0], fate: chatAndGemini },
  logit_bias: 'dropped',
  user: { chat: 'mapped', responses: 'mapped', messages: 'mapped', gemini: 'dropped' },
  /** A model that chats neither fills a gap nor goes on with a text word by word. */
  suffix: { unless: [''], fate: 'refused' },
  echo: { unless: [false], fate: 'refused' },
  n: { unless: [1], fate: 'refused' },
  best_of: { unless: [1], fate: 'refused' },
  logprobs: 'refused',
};
