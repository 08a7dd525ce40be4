/**
 * Defines an endpoint: path, required role, schemas and handler. The router and the OpenAPI document use the same
 * value.
 */
import type { z } from 'zod';
import { requireAdmin } from '../accounts/roles.ts';
import { authenticate, type Caller } from './authenticate.ts';
import { accountBody, type BodyBounds, openBody } from './body-bounds.ts';
import { parseId } from './ids.ts';
import { checkQuery, type QueryParameters } from './query-parameters.ts';
import type { ManagementRequest } from './request.ts';
import type { ManagementResponse } from './response.ts';
import type { Services } from './services.ts';
import { validate } from './validate.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

interface Place {
  readonly method: Method;
  /** Without trailing slash; `{id}` stands for one segment, the id of a record. */
  readonly path: string;
}

export interface Description {
  readonly summary: string;
  readonly description?: string;
  readonly query?: QueryParameters;
  /** What `data` of the answer holds, or the whole answer where `bare`; optional = some answers have none. */
  readonly data?: z.ZodType;
  readonly bare?: boolean;
  /** Whether the answer may hold `warnings`. */
  readonly warns?: boolean;
  /** Of an answer that is no JSON. */
  readonly contentType?: string;
  /** What the segment at `{id}` is where it is not the number of a record. */
  readonly segment?: string;
  /** Of a success, where it is not 200. */
  readonly status?: 202;
  /** Left out of the OpenAPI document. */
  readonly hidden?: boolean;
}

/** @throws HalleyError as `authenticate` does; `forbidden` when the caller is no administrator any more */
export type Confirm = () => Promise<Caller>;

export type Access = 'public' | 'api-key' | 'account' | 'admin';

export interface Endpoint extends Place, Description {
  readonly access: Access;
  readonly body: z.ZodType | undefined;
  /** Whether it changes something. */
  readonly changes: boolean;
  /** @param id the raw segment of the path at `{id}`, '' when the path has none */
  run(services: Services, request: ManagementRequest, id: string): Promise<ManagementResponse>;
}

export interface Input<Body> {
  readonly services: Services;
  readonly request: ManagementRequest;
  /** The id in the path; 0 when the path has none. */
  readonly id: number;
  /** The raw segment of the path at `{id}`; '' when the path has none. */
  readonly segment: string;
  /** Undefined when the endpoint takes no body. */
  readonly body: Body;
}

interface Definition<Body, In> extends Place, Description {
  readonly body?: z.ZodType<Body>;
  /** Whether it changes something; by default, whether its method is another than GET. */
  readonly changes?: boolean;
  handle(input: In): Promise<ManagementResponse> | ManagementResponse;
}

interface AccountInput<Body> extends Input<Body>, Caller {
  /** Who calls, as it is now: to be asked again after any wait, before anything is changed. */
  readonly confirm: Confirm;
}

interface AccountDefinition<Body> extends Definition<Body, AccountInput<Body>> {
  readonly access: 'account' | 'admin';
  /** How much the body may hold, where it is more than usual. */
  readonly bounds?: BodyBounds;
}

/** An endpoint for signed-in accounts: who calls is settled before anything of the request is looked at. */
export function accountEndpoint<Body>(definition: AccountDefinition<Body>): Endpoint {
  const { body, query, access, method, path, changes = method !== 'GET', bounds = accountBody } = definition;
  return {
    ...definition,
    body,
    changes,
    async run(services, request, id) {
      const confirm: Confirm = async () => {
        const caller = await authenticate(services, request, changes);
        if (access === 'admin') requireAdmin(caller.account);
        return caller;
      };
      const caller = await confirm();
      const place = { id: path.includes('{id}') ? parseId(id) : 0, segment: id };
      checkQuery(query ?? {}, request.query);
      const input = await readInput(services, request, place, body, bounds);
      // The token may have been replaced, or the account disabled, while the body arrived.
      return definition.handle({ ...input, ...(body ? await confirm() : caller), confirm });
    },
  };
}

interface OpenDefinition<Body> extends Definition<Body, Input<Body>> {
  readonly access: 'public' | 'api-key';
}

/** An endpoint that asks for no account; one with `api-key` looks at the key itself. */
export function openEndpoint<Body>(definition: OpenDefinition<Body>): Endpoint {
  return guardedEndpoint({ ...definition, guard: () => undefined });
}

interface GuardedDefinition<Body, Passed>
  extends Definition<Body, Input<Body> & { readonly passed: Passed }> {
  readonly access: 'public' | 'api-key';
  /** Runs before anything of the body is read; `handle` gets what it returns as `passed`. */
  guard(services: Services, request: ManagementRequest): Passed;
}

/** As `openEndpoint`, for one that refuses some requests by their address and headers alone. */
export function guardedEndpoint<Body, Passed>(definition: GuardedDefinition<Body, Passed>): Endpoint {
  const { body, query, method, changes = method !== 'GET' } = definition;
  return {
    ...definition,
    body,
    changes,
    async run(services, request, id) {
      const passed = definition.guard(services, request);
      checkQuery(query ?? {}, request.query);
      const input = await readInput(services, request, { id: 0, segment: id }, body, openBody);
      return definition.handle({ ...input, passed });
    },
  };
}

async function readInput<Body>(
  services: Services,
  request: ManagementRequest,
  place: { readonly id: number; readonly segment: string },
  schema: z.ZodType<Body> | undefined,
  bounds: BodyBounds,
): Promise<Input<Body>> {
  // Without a schema nothing looks at the body, whose type is then `unknown`.
  const body = schema ? validate(schema, await request.readJson(services, bounds)) : (undefined as Body);
  return { services, request, ...place, body };
}
