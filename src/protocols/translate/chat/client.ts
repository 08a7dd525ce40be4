/** The client's side of chat completions. */
import type { JsonObject } from '../../protocol.ts';
import type { ClientForm } from '../parts.ts';
import { chatFates } from './fates.ts';
import { readRequest, usesFunctions } from './read-request.ts';
import type { CallForm } from './write-message.ts';
import { StreamWriter } from './write-stream.ts';
import { WholeWriter } from './write-whole.ts';

function clientForm(calls: CallForm): ClientForm {
  return {
    name: 'chat',
    fates: chatFates,
    readRequest,
    writeResponse: (form, facts) =>
      form === 'json' ? new WholeWriter(facts, calls) : new StreamWriter(facts, calls),
  };
}

export const chatClient: ClientForm = clientForm('tools');

const functionsClient: ClientForm = clientForm('functions');

/** The form for one request: clients that send `functions` read `function_call`. */
export function chatClientFor(body: JsonObject): ClientForm {
  return usesFunctions(body) ? functionsClient : chatClient;
}
