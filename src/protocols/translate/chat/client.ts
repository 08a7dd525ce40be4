/** The client's side of chat completions. */
import { isPlainObject } from '../json.ts';
import { type ClientForm, commentHeartbeat, type RequestFacts } from '../parts.ts';
import { chatFates } from './fates.ts';
import { readRequest, usesFunctions } from './read-request.ts';
import type { CallForm } from './write-message.ts';
import { StreamWriter } from './write-stream.ts';
import { WholeWriter } from './write-whole.ts';

/** Clients that send `functions` read `function_call`. */
const callsOf = ({ usesFunctions = false }: RequestFacts): CallForm =>
  usesFunctions ? 'functions' : 'tools';

export const chatClient: ClientForm = {
  name: 'chat',
  fates: chatFates,
  heartbeat: commentHeartbeat,
  readRequest,
  readHints: (body) => ({
    includesUsage: isPlainObject(body.stream_options) && body.stream_options.include_usage === true,
    usesFunctions: usesFunctions(body),
  }),
  writeResponse: (form, facts) =>
    form === 'json' ? new WholeWriter(facts, callsOf(facts)) : new StreamWriter(facts, callsOf(facts)),
};
