/** Renders our errors in the shapes of vendors of jobs. Pure. */
import type { HalleyError } from '../../platform/errors.ts';
import { withRequestId } from '../client/error-text.ts';
import { openaiClientProtocol } from '../client/openai.ts';
import type { JsonObject } from '../protocol.ts';
import type { JobRendering } from './vendor.ts';

/**
 * @param bodyOf the whole body
 * @returns a rendering with the status that clients of OpenAI get
 */
export function taskErrors(
  bodyOf: (error: HalleyError, message: string, requestId: string) => JsonObject,
): JobRendering['error'] {
  return (error, context) => {
    const { status } = openaiClientProtocol.renderError(error, context);
    const { requestId } = context;
    return {
      status,
      body: JSON.stringify(bodyOf(error, withRequestId(error.message, requestId), requestId)),
    };
  };
}
