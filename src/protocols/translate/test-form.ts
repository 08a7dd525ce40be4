/** A request that says nothing, from which tests make others. */
import type { RequestForm } from './form/request.ts';

export const emptyForm: RequestForm = {
  turns: [],
  tools: [],
  toolChoice: undefined,
  parallelToolCalls: undefined,
  output: undefined,
  reasoning: undefined,
  stream: false,
  maxOutputTokens: undefined,
  temperature: undefined,
  topP: undefined,
  topK: undefined,
  stop: [],
  choices: 1,
  seed: undefined,
  presencePenalty: undefined,
  frequencyPenalty: undefined,
  logprobs: undefined,
  topLogprobs: undefined,
  verbosity: undefined,
  serviceTier: undefined,
  endUser: undefined,
  metadata: undefined,
  cacheKey: undefined,
};
