/**
 * `/mcp`: the gateway as a server of the Model Context Protocol, over streamable HTTP. A client that can ask its user
 * gets a session on this node; every other request stands alone, so that any node can answer it.
 */
import { randomUUID } from 'node:crypto';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { InitializeRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { ManagementRequest } from '../request.ts';
import { type ManagementResponse, success } from '../response.ts';
import type { Services } from '../services.ts';
import { type Answer, toolCaller } from './caller.ts';
import { makeMcpServer, type ToolExtra } from './server.ts';
import { McpSessions } from './sessions.ts';

const path = '/mcp';
const access = 'account';
const sessionHeader = 'mcp-session-id';

/** Headers of the protocol. The transport sees no others, no credential among them. */
const headerNames = ['accept', 'content-type', sessionHeader, 'mcp-protocol-version'] as const;

/** @param answer the management API */
export function mcpEndpoints(clock: Clock, answer: Answer): readonly Endpoint[] {
  const sessions = new McpSessions<WebStandardStreamableHTTPServerTransport>(clock);
  const post = accountEndpoint({
    method: 'POST',
    path,
    access,
    summary: 'Send a message to the MCP server',
    // One message: a batch would be many calls for one.
    body: z.record(z.string(), z.unknown()),
    async handle({ services, request, credential, body }) {
      const owner = Buffer.from(credential.digest).toString('hex');
      const id = sessionOf(request);
      if (id !== undefined) return passed(sessions.find(id, owner), request, body);
      const callerOf = ({ authInfo }: ToolExtra) => {
        const sent = authInfo?.extra?.request;
        if (!(sent instanceof ManagementRequest)) throw new HalleyError('internal_error');
        return toolCaller(answer, sent, { services, owner });
      };
      const transport = new WebStandardStreamableHTTPServerTransport(
        canAsk(services, body)
          ? {
              sessionIdGenerator: randomUUID,
              onsessioninitialized: (begun) => sessions.begin(begun, owner, transport),
            }
          : { enableJsonResponse: true },
      );
      await makeMcpServer(services.version, callerOf).connect(transport);
      return passed(transport, request, body);
    },
  });
  const end = accountEndpoint({
    method: 'DELETE',
    path,
    access,
    summary: 'End a session of the MCP server',
    handle({ request, credential }) {
      sessions.end(sessionOf(request) ?? '', Buffer.from(credential.digest).toString('hex'));
      return success();
    },
  });
  return [guarded(post), guarded(end)];
}

/** In a fleet the user's answer may come to another node than the one that waits for it: none of them asks. */
function canAsk({ fleet }: Pick<Services, 'fleet'>, body: unknown): boolean {
  if (fleet) return false;
  return InitializeRequestSchema.safeParse(body).data?.params.capabilities.elicitation?.form !== undefined;
}

const sessionOf = ({ headers }: ManagementRequest): string | undefined => headers[sessionHeader]?.toString();

/** Access tokens alone open it, since a browser adds a cookie to the requests of any page. */
function guarded(endpoint: Endpoint): Endpoint {
  return {
    ...endpoint,
    async run(services, request, id) {
      const { origin, authorization } = request.headers;
      // Against DNS rebinding: the Host header then is that of the attacker, and proves nothing.
      if (origin !== undefined && origin.toLowerCase() !== services.settings.public_url) {
        throw new HalleyError('foreign_origin');
      }
      if (!authorization) throw new HalleyError('unauthorized');
      return endpoint.run(services, request, id);
    },
  };
}

async function passed(
  transport: WebStandardStreamableHTTPServerTransport,
  request: ManagementRequest,
  parsedBody: unknown,
): Promise<ManagementResponse> {
  const headers = headerNames.map((name) => [name, request.headers[name]?.toString() ?? ''] as const);
  const sent = new Request(`http://gateway${path}`, {
    method: 'POST',
    headers: headers.filter(([, value]) => value !== '').map(([name, value]) => [name, value]),
  });
  const authInfo = { token: '', clientId: '', scopes: [], extra: { request } };
  const { status, headers: answered, body } = await transport.handleRequest(sent, { parsedBody, authInfo });
  const session = answered.get(sessionHeader);
  return {
    status,
    contentType: answered.get('content-type') ?? 'text/plain',
    stream: textOf(body),
    headers: { 'x-accel-buffering': 'no', ...(session !== null && { [sessionHeader]: session }) },
  };
}

async function* textOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const piece of body ?? []) yield decoder.decode(piece, { stream: true });
}
