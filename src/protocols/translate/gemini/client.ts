/** The client's side of Gemini's protocol in translation. Pure. */
import type { ClientForm } from '../parts.ts';
import { geminiFates } from './fates.ts';
import { readRequest } from './read-request.ts';
import { writeResponse } from './write-response.ts';

export const geminiClient: ClientForm = {
  name: 'gemini',
  fates: geminiFates,
  // Google sends none, and its clients for Go and Python fail on comments
  // (https://github.com/Wei-Shaw/sub2api/issues/7277).
  heartbeat: '',
  readRequest,
  writeResponse,
};
