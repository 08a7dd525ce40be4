/** The client's side of legacy completions. */
import { isPlainObject } from '../json.ts';
import { type ClientForm, commentHeartbeat } from '../parts.ts';
import { completionsFates } from './fates.ts';
import { readRequest } from './read-request.ts';
import { CompletionWriter } from './write-response.ts';

export const completionsClient: ClientForm = {
  name: 'completions',
  fates: completionsFates,
  heartbeat: commentHeartbeat,
  readRequest,
  readHints: ({ stream_options: options }) => ({
    includesUsage: isPlainObject(options) && options.include_usage === true,
  }),
  writeResponse: (form, facts) => new CompletionWriter(facts, form !== 'json'),
};
