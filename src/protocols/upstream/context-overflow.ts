/** Recognises, in each provider's words, that a request is longer than the context of its model. Pure. */
import type { ErrorFacts } from './error-facts.ts';

/** OpenAI and its imitations; llama.cpp's server. */
const codes: ReadonlySet<string> = new Set(['context_length_exceeded', 'exceed_context_size_error']);

/** From the beginning of the message: what follows may quote the client. */
const messages: readonly RegExp[] = [
  // OpenAI, DeepSeek, vLLM; OpenRouter; xAI.
  /^(?:This|The) (?:model|endpoint)'s maximum (?:context|prompt) length is/i,
  // OpenAI Responses.
  /^Your input exceeds the context window/i,
  // Anthropic; Bedrock.
  /^prompt is too long/i,
  /^input length and `max_tokens` exceed context limit/i,
  /^input is too long for requested model/i,
  // Gemini and Vertex AI.
  /^(?:The|Unable to submit request because the) input token count (?:is|\(\d+\))/i,
  // Mistral; SGLang; llama.cpp.
  /^Prompt contains \d+ tokens\b/i,
  /^Requested token count exceeds the model's maximum context length/i,
  /^the request(?: \(\d+ tokens\))? exceeds the available context size/i,
];

/** @param facts of an error about the request */
export function isContextOverflow({ code, type, message }: Pick<ErrorFacts, 'code' | 'type' | 'message'>) {
  return codes.has(code) || codes.has(type) || messages.some((pattern) => pattern.test(message));
}
