/** The tools of the MCP server. Each calls endpoints of the management API in the caller's name. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { RequestHandlerExtra } from '@modelcontextprotocol/sdk/shared/protocol.js';
import type { CallToolResult, ServerNotification, ServerRequest } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { budgetPeriods } from '../../domain/budget.ts';
import { limits } from '../../platform/limits.ts';
import { keyRecordSchema } from '../tokens/schemas.ts';
import { usageSeriesSchema } from '../usage/series.ts';
import { resultOf, type ToolCaller, toolResult } from './caller.ts';
import { deleteKey } from './delete-key.ts';
import { shownKey } from './shown-key.ts';

export type ToolExtra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** Finds the caller of a tool. */
export type CallerOf = (extra: ToolExtra) => ToolCaller;

const instructions =
  'Manages the API keys of one account of an AI gateway. Quotas, budgets and usage are in units: 500,000 units = 1 USD. Times are seconds since 1970. The value of a key is shown by create_key alone: give it to the user and never repeat it elsewhere. Deleting a key is final.';

const idField = z.int().positive().describe('The id of the key, from list_keys.');

const listInput = z.strictObject({
  name: z
    .string()
    .optional()
    .describe('Only keys with this name; `%` stands for any run of characters, such as `test-%`.'),
  page: z.int().positive().optional().describe('From 1.'),
  page_size: z.int().positive().max(limits.page_size_max).optional(),
});

const units = z.int().optional();

/** Plain types alone: the endpoint checks the values, and a client hands this schema to whatever model it uses. */
const createInput = z.strictObject({
  name: z.string().optional(),
  remain_quota: units.describe('What the key may spend, in units.'),
  unlimited_quota: z.boolean().optional().describe("Whether only the account's quota bounds it."),
  expired_time: z.int().optional().describe('Seconds since 1970; -1 = never (default).'),
  model_limits_enabled: z.boolean().optional().describe('Whether only the models in model_limits are open.'),
  model_limits: z.string().optional().describe('Model ids, comma separated.'),
  allow_ips: z.string().optional().describe('Addresses and CIDR ranges, one per line; empty = any.'),
  group: z.string().optional().describe("Empty = the account's own group."),
  budget_quota: units.describe('What it may spend in each period, in units.'),
  budget_period: z.enum(budgetPeriods).optional(),
  rpm_limit: z.int().optional().describe('Requests per minute; 0 = no limit.'),
  tpm_limit: z.int().optional().describe('Tokens per minute; 0 = no limit.'),
  concurrency_limit: z.int().optional().describe('Requests running at a time; 0 = no limit.'),
});

const usageInput = z.strictObject({
  id: idField,
  days: z.int().min(1).max(90).optional().describe('Days to sum up, today included; default 7.'),
});

const deletionInput = z.strictObject({
  id: idField,
  confirmation: z
    .string()
    .max(128)
    .optional()
    .describe('From the answer to a first call, once the user has agreed. Leave it out at first.'),
});

const keysPage = z.object({ total: z.int(), page: z.int(), items: z.array(z.unknown()) });

async function listKeys(caller: ToolCaller, input: z.infer<typeof listInput>): Promise<CallToolResult> {
  const { name, page = 1, page_size = limits.page_size_default } = input;
  const paging = { p: String(page), page_size: String(page_size) };
  const { body } = await caller.call(
    name === undefined
      ? { method: 'GET', path: '/api/token', query: paging }
      : { method: 'GET', path: '/api/token/search', query: { ...paging, keyword: name } },
  );
  const found = keysPage.parse(body.data);
  return toolResult({ total: found.total, page: found.page, keys: found.items.map(shownKey) });
}

async function createKey(caller: ToolCaller, input: z.infer<typeof createInput>): Promise<CallToolResult> {
  const { body } = await caller.call({ method: 'POST', path: '/api/token', body: input });
  return toolResult({ key: keyRecordSchema.parse(body.data), warnings: body.warnings ?? [] });
}

async function keyUsage(
  caller: ToolCaller,
  { id, days = 7 }: z.infer<typeof usageInput>,
): Promise<CallToolResult> {
  // First, so that a key of another account ends the call as an unknown one does.
  const key = await caller.call({ method: 'GET', path: `/api/token/${id}`, query: { masked: '1' } });
  const query = { token_id: String(id), period: `${days}d`, by: 'model' };
  const [running, usage] = await Promise.all([
    caller.call({ method: 'GET', path: `/api/token/${id}/running` }),
    caller.call({ method: 'GET', path: '/api/usage/series/self', query }),
  ]);
  const { start, end, total, series } = usageSeriesSchema.parse(usage.body.data);
  return toolResult({
    key: shownKey(key.body.data),
    running: running.body.data,
    usage: { start, end, ...total.totals, by_model: series.map(({ name, totals }) => ({ name, ...totals })) },
  });
}

/** @returns a server that is not connected yet */
export function makeMcpServer(version: string, callerOf: CallerOf): McpServer {
  const server = new McpServer({ name: 'halley', version }, { instructions });
  server.registerTool(
    'list_keys',
    {
      title: 'List API keys',
      description: 'Lists the API keys of the account, newest first, without their values.',
      inputSchema: listInput,
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    (input, extra) => resultOf(() => listKeys(callerOf(extra), input)),
  );
  server.registerTool(
    'create_key',
    {
      title: 'Create an API key',
      description:
        'Creates an API key and returns its value. Without remain_quota and unlimited_quota its quota is 0 and every request with it is refused.',
      inputSchema: createInput,
      annotations: { destructiveHint: false, idempotentHint: false, openWorldHint: false },
    },
    (input, extra) => resultOf(() => createKey(callerOf(extra), input)),
  );
  server.registerTool(
    'key_usage',
    {
      title: 'Show the usage of an API key',
      description:
        'Shows the limits of a key, what it has used in the last days by model, and how many requests run with it now.',
      inputSchema: usageInput,
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    (input, extra) => resultOf(() => keyUsage(callerOf(extra), input)),
  );
  server.registerTool(
    'delete_key',
    {
      title: 'Delete an API key',
      description:
        'Deletes an API key for good, on every node. The user is asked first; a client that cannot ask gets a confirmation to send back.',
      inputSchema: deletionInput,
      annotations: { destructiveHint: true, idempotentHint: true, openWorldHint: false },
    },
    (input, extra) =>
      resultOf(() => deleteKey(callerOf(extra), input, { server, requestId: extra.requestId })),
  );
  return server;
}
