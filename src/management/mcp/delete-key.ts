/** The tool that deletes a key: only after a person, or at least a second call, has confirmed which one. */
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult, RequestId } from '@modelcontextprotocol/sdk/types.js';
import { limits } from '../../platform/limits.ts';
import { nowSeconds } from '../services.ts';
import { type ToolCaller, ToolRefusal, toolResult } from './caller.ts';
import { isConfirmed, makeConfirmation } from './confirmation.ts';
import { type ShownKey, shownKey } from './shown-key.ts';

export interface DeletionInput {
  readonly id: number;
  readonly confirmation?: string | undefined;
}

/** Who is asked, and the call that the question belongs to. */
interface Asking {
  readonly server: McpServer;
  readonly requestId: RequestId;
}

/** @throws ToolRefusal when there is no such key, or the confirmation is not valid */
export async function deleteKey(
  caller: ToolCaller,
  { id, confirmation }: DeletionInput,
  asking: Asking,
): Promise<CallToolResult> {
  const { body } = await caller.call({ method: 'GET', path: `/api/token/${id}`, query: { masked: '1' } });
  const key = shownKey(body.data);
  const { clock, secrets } = caller.services;
  const subject = { keyId: id, owner: caller.owner };
  const now = nowSeconds({ clock });
  if (confirmation !== undefined) {
    if (isConfirmed(secrets, confirmation, subject, now)) return remove(caller, key);
    throw new ToolRefusal(
      'The confirmation is not valid for this key, or is older than a minute. Nothing was deleted. Call delete_key without it for a new one.',
    );
  }
  if (asking.server.server.getClientCapabilities()?.elicitation?.form) {
    const answer = await ask(caller, key, asking);
    if (answer === 'accepted') return remove(caller, key);
    return toolResult({ deleted: false, key, reason: reasons[answer] });
  }
  return toolResult({
    deleted: false,
    key,
    confirmation: makeConfirmation(secrets, subject, now),
    next: `Nothing was deleted yet. Show the user which key this is. If they agree, call delete_key again within ${limits.mcp_confirmation_s} seconds with this confirmation.`,
  });
}

const reasons = {
  declined: 'The user did not confirm the deletion. The key was not deleted.',
  silent: `The user did not answer within ${limits.mcp_confirmation_s} seconds. The key was not deleted.`,
} as const;

/** Asks the user by elicitation. Whatever is no clear yes is a no. */
async function ask(
  { services: { clock } }: ToolCaller,
  { id, name, hint }: ShownKey,
  { server, requestId }: Asking,
): Promise<'accepted' | keyof typeof reasons> {
  const waiting = new AbortController();
  const ms = limits.mcp_confirmation_s * 1000;
  const timer = clock.after(ms, () => waiting.abort());
  try {
    const { action, content } = await server.server.elicitInput(
      {
        message: `Delete the API key "${name}" (${hint}, id ${id})? It stops working on every node at once, requests that run with it are ended, and it cannot be restored.`,
        requestedSchema: {
          type: 'object',
          properties: { delete: { type: 'boolean', title: 'Delete this key for good', default: false } },
          required: ['delete'],
        },
      },
      // The timer decides; the SDK's own would end the wait at the same time.
      { relatedRequestId: requestId, signal: waiting.signal, timeout: 2 * ms },
    );
    return action === 'accept' && content?.delete === true ? 'accepted' : 'declined';
  } catch {
    return waiting.signal.aborted ? 'silent' : 'declined';
  } finally {
    timer.cancel();
  }
}

/** The endpoint authenticates again: the token may have been replaced while the user was asked. */
async function remove(caller: ToolCaller, key: ShownKey): Promise<CallToolResult> {
  const { headers = {} } = await caller.call({ method: 'DELETE', path: `/api/token/${key.id}` });
  return toolResult({
    deleted: true,
    key,
    effect:
      'The key is dead on every node: no request with it is admitted any more, and its value is never valid again.',
    // In a fleet: what the other nodes said.
    ...('x-halley-revocation' in headers && { revocation: headers['x-halley-revocation'] }),
  });
}
