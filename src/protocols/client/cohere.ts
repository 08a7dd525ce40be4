/** The client's side of Cohere's API: its errors have a message at the top. Pure. */
import type { ClientProtocol } from './client-protocol.ts';
import { withRequestId } from './error-text.ts';

/** `code` and `param` are ours. Channels of OpenAI's protocol serve its requests. */
export const cohereClientProtocol: ClientProtocol = {
  name: 'openai',
  renderError: ({ status, message, code, param }, { requestId }) => ({
    status,
    body: JSON.stringify({
      id: requestId,
      message: withRequestId(message, requestId),
      code,
      ...(param !== undefined && { param }),
    }),
  }),
  renderBreak: () => '',
};
