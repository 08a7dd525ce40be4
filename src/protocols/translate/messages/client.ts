/** Anthropic's protocol on the client's side of a translation. */
import type { ClientForm } from '../parts.ts';
import { messagesFates } from './fates.ts';
import { readRequest } from './read-request.ts';
import { writeResponse } from './write-response.ts';

export const messagesClient: ClientForm = {
  name: 'messages',
  fates: messagesFates,
  // Facts, section 9.1: at any time.
  heartbeat: 'event: ping\ndata: {"type": "ping"}\n\n',
  readRequest,
  writeResponse,
};
