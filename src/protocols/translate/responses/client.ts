/** The client's side of OpenAI Responses. */
import { type ClientForm, commentHeartbeat } from '../parts.ts';
import { responsesFates } from './fates.ts';
import { readRequest } from './read-request.ts';
import { writeResponse } from './write-response.ts';

export const responsesClient: ClientForm = {
  name: 'responses',
  fates: responsesFates,
  heartbeat: commentHeartbeat,
  readRequest,
  writeResponse,
};
