/**
 * Defines an endpoint: path, required role, schemas and handler. The router and the OpenAPI document use the same
 * value.
 */
import type { z } from 'zod';
import { requireAdmin } from '../accounts/roles.ts';
import { authenticate, type Caller } from './authenticate.ts';
import { accountBody, type BodyBounds, openBody } from './body-bounds.ts';
import { parseId } from './ids.ts';
import { credentialKind, originOf } from './origin.ts';
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
  /**
   * Schema of the response's `data`, or of the whole response where `bare`, or of each line where `contentType` is that
   * of lines of JSON; optional = some responses have none.
   */
  readonly data?: z.ZodType;
  readonly bare?: boolean;
  /** Whether the response may hold `warnings`. */
  readonly warns?: boolean;
  /** Content type of a response that is not JSON. */
  readonly contentType?: string;
  /** Whether the call is a model request: body and response are those of its protocol. */
  readonly relays?: boolean;
  /** Describes the segment at `{id}` where it is not a record id. */
  readonly segment?: string;
  /** Status of a successful response, where it is not 200. */
  readonly status?: 202;
  /** Left out of the OpenAPI document. */
  readonly hidden?: boolean;
}

/** @throws HalleyError as `authenticate` does; `forbidden` when the caller is no longer an administrator */
export type Confirm = () => Promise<Caller>;

export type Access = 'public' | 'api-key' | 'account' | 'admin';

export interface Endpoint extends Place, Description {
  readonly access: Access;
  readonly body: z.ZodType | undefined;
  /** Whether the endpoint changes state. */
  readonly changes: boolean;
  /** @param id the raw path segment at `{id}`; '' when the path has none */
  run(services: Services, request: ManagementRequest, id: string): Promise<ManagementResponse>;
}

export interface Input<Body> {
  readonly services: Services;
  readonly request: ManagementRequest;
  /** The id of a record in the path; 0 when the path has none. */
  readonly id: number;
  /** The raw segment of the path at `{id}`; '' when the path has none. */
  readonly segment: string;
  /** Undefined when the endpoint takes no body. */
  readonly body: Body;
}

interface Definition<Body, In> extends Place, Description {
  readonly body?: z.ZodType<Body>;
  /** Whether the endpoint changes state; by default, whether its method is not GET. */
  readonly changes?: boolean;
  handle(input: In): Promise<ManagementResponse> | ManagementResponse;
}

export interface AccountInput<Body> extends Input<Body>, Caller {
  /** Authenticates the caller again. Call it after any wait and before a change. */
  readonly confirm: Confirm;
}

interface AccountDefinition<Body> extends Definition<Body, AccountInput<Body>> {
  readonly access: 'account' | 'admin';
  /** Body limits, where they exceed the usual ones. */
  readonly bounds?: BodyBounds;
}

/** An endpoint for signed-in accounts. It authenticates the caller before it reads anything else of the request. */
export function accountEndpoint<Body>(definition: AccountDefinition<Body>): Endpoint {
  const { body, query, access, method, changes = method !== 'GET', bounds = accountBody } = definition;
  const hasRecordId = definition.path.includes('{id}') && definition.segment === undefined;
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
      const place = { id: hasRecordId ? parseId(id) : 0, segment: id };
      checkQuery(query ?? {}, request.query);
      const input = await readInput(services, request, place, body, bounds);
      // While the body arrived, the token may have been replaced or the account disabled.
      const present = body ? await confirm() : caller;
      return definition.handle({
        ...input,
        services: inNameOf(services, request, present),
        ...present,
        confirm,
      });
    },
  };
}

/** The same services, whose writes name the caller. */
function inNameOf(services: Services, request: ManagementRequest, { account, credential }: Caller): Services {
  const origin = originOf(request, account, credentialKind(request, credential), credential.digest);
  const reads = services.readsOf(`account ${account.id}`, request);
  return { ...services, ...services.acting(origin), reads };
}

interface OpenDefinition<Body> extends Definition<Body, Input<Body>> {
  readonly access: 'public' | 'api-key';
}

/** An endpoint that requires no account. Those with `api-key` check the key themselves. */
export function openEndpoint<Body>(definition: OpenDefinition<Body>): Endpoint {
  return guardedEndpoint({ ...definition, guard: () => undefined });
}

interface GuardedDefinition<Body, Passed>
  extends Definition<Body, Input<Body> & { readonly passed: Passed }> {
  readonly access: 'public' | 'api-key';
  /** Runs before the body is read. `handle` receives the returned value as `passed`. */
  guard(services: Services, request: ManagementRequest): Passed;
}

/** As `openEndpoint`, for endpoints that refuse some requests by address and headers alone. */
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
  // Without a schema nothing reads the body; its type is then `unknown`.
  const body = schema ? validate(schema, await request.readJson(services, bounds)) : (undefined as Body);
  return { services, request, ...place, body };
}
