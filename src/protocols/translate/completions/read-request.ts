/** Reads a legacy completion request: its prompt is the message of a user. Pure. [TO CompletionCreateParams] */
import type { JsonObject } from '../../protocol.ts';
import { readRequest as readChat } from '../chat/read-request.ts';
import type { RequestForm } from '../form/request.ts';
import { malformed } from '../json.ts';
import type { Losses } from '../losses.ts';

/** @throws HalleyError('invalid_body') */
export function readRequest({ prompt, ...others }: JsonObject, losses: Losses): RequestForm {
  const messages = [{ role: 'user', content: readPrompt(prompt, losses) }];
  // A lenient translation leaves out what its table refuses.
  return readChat({ ...others, n: 1, messages }, losses);
}

function readPrompt(prompt: unknown, losses: Losses): string {
  if (typeof prompt === 'string') return prompt;
  if (!Array.isArray(prompt)) throw malformed('prompt', 'a text');
  const [only, ...more]: readonly unknown[] = prompt;
  if (typeof only === 'number' || Array.isArray(only))
    throw losses.impossible('prompt', 'Send text: token ids differ between providers.');
  if (more.length > 0) throw losses.impossible('prompt', 'Send a request for each prompt.');
  if (typeof only !== 'string') throw malformed('prompt', 'a text');
  return only;
}
