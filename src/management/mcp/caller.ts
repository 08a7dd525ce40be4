/** The caller of a tool, and the management API as it may use it: one implementation, and the same rights. */
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { HalleyError } from '../../platform/errors.ts';
import type { ManagementRequest, ToolCall } from '../request.ts';
import type { JsonResponse, ManagementResponse } from '../response.ts';
import type { Services } from '../services.ts';

/** Answers a request as the management API does, failures included. Never rejects. */
export type Answer = (request: ManagementRequest) => Promise<ManagementResponse>;

export interface ToolCaller {
  readonly services: Pick<Services, 'clock' | 'secrets'>;
  /** Names the access token: its digest in hexadecimal. */
  readonly owner: string;
  /** @throws ToolRefusal with the message of an endpoint that refuses */
  call(call: ToolCall): Promise<JsonResponse>;
}

/** Its message is for the client: an error of the catalogue. */
export class ToolRefusal extends Error {}

export function toolCaller(
  answer: Answer,
  request: ManagementRequest,
  { services, owner }: Pick<ToolCaller, 'services' | 'owner'>,
): ToolCaller {
  return {
    services,
    owner,
    async call(call) {
      const response = await answer(request.forTool(call));
      if (!('body' in response)) throw new HalleyError('internal_error', { log: 'a tool called a stream' });
      if (response.body.success !== true) throw new ToolRefusal(String(response.body.message));
      return response;
    },
  };
}

/** A result as text, for the model, and as data, for programs. */
export function toolResult(data: Readonly<Record<string, unknown>>): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(data) }], structuredContent: { ...data } };
}

/** Runs a tool: a refusal becomes a result that says why, so that the model can react to it. */
export async function resultOf(run: () => Promise<CallToolResult>): Promise<CallToolResult> {
  try {
    return await run();
  } catch (thrown) {
    const isKnown = thrown instanceof ToolRefusal || thrown instanceof HalleyError;
    const text = isKnown ? thrown.message : new HalleyError('internal_error').message;
    return { content: [{ type: 'text', text }], isError: true };
  }
}
