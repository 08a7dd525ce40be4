/** The SDK's own MCP client, connected to the rig's gateway. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  type CallToolResult,
  CallToolResultSchema,
  ElicitRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { Rig } from './rig.ts';

/** What the user answers to a question. */
export type Answer = (question: string) => Promise<{
  readonly action: 'accept' | 'decline' | 'cancel';
  readonly content?: Record<string, boolean>;
}>;

export interface McpClient {
  readonly client: Client;
  readonly transport: StreamableHTTPClientTransport;
  tool(name: string, input?: Record<string, unknown>): Promise<CallToolResult>;
}

/**
 * Connects; the connection ends with the test.
 * @param answer undefined = a client that cannot ask its user
 */
export async function connectMcp(
  t: TestContext,
  rig: Rig,
  token = rig.rootToken,
  answer?: Answer,
): Promise<McpClient> {
  const url = new URL(`http://127.0.0.1:${rig.port}/mcp`);
  const transport = new StreamableHTTPClientTransport(url, {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  const capabilities = answer ? { elicitation: {} } : {};
  const client = new Client({ name: 'the-tests', version: '1' }, { capabilities });
  if (answer) client.setRequestHandler(ElicitRequestSchema, ({ params }) => answer(params.message));
  // Its types do not heed `exactOptionalPropertyTypes`.
  t.after(() => client.close());
  await client.connect(transport as Parameters<Client['connect']>[0]);
  return {
    client,
    transport,
    tool: async (name, input = {}) =>
      CallToolResultSchema.parse(await client.callTool({ name, arguments: input })),
  };
}

/** The data of a tool's result; the test fails on a refusal. */
export function dataOfTool({ isError, content, structuredContent }: CallToolResult): Record<string, unknown> {
  assert.ok(!isError && structuredContent, JSON.stringify(content));
  return structuredContent;
}

/** The text of a refusal. */
export function refusalOfTool({ isError, content }: CallToolResult): string {
  assert.equal(isError, true, JSON.stringify(content));
  const [first] = content;
  return first?.type === 'text' ? first.text : '';
}
