/** Reads the parts of clients' requests that vendors of jobs have in common. Pure. */
import { HalleyError } from '../../platform/errors.ts';
import type { JsonObject } from '../protocol.ts';
import { asObject } from '../usage/usage-shape.ts';
import type { JobRequest } from './vendor.ts';

/** A text that is not empty; undefined = it is none. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The error for a body that lacks what a job cannot do without. */
export function missing(param: string): HalleyError {
  return new HalleyError('field_missing', { message: `The request body lacks "${param}". Add it.`, param });
}

/** @throws HalleyError('field_missing') when none of the fields is there */
export function requireOneOf(body: JsonObject, ...names: readonly [string, ...string[]]): void {
  const isThere = (value: unknown) => value !== undefined && value !== null && value !== '';
  if (!names.some((name) => isThere(body[name]))) throw missing(names[0]);
}

/** The id in `{id}` of a path. */
export const idInPath = ({ params }: JobRequest): readonly string[] =>
  params.id === undefined ? [] : [params.id];

/** The id in a parameter of the query. @throws HalleyError('field_missing') */
export const idInQuery =
  (name: string) =>
  ({ query }: JobRequest): readonly string[] => {
    const id = new URLSearchParams(query).get(name) ?? '';
    if (id !== '') return [id];
    const message = `The query lacks "${name}". Add the id from the response to the submission.`;
    throw new HalleyError('field_missing', { message, param: name });
  };

/** The ids in a list of the body. @throws HalleyError('field_missing') */
export const idsInBody =
  (name: string) =>
  ({ body }: JobRequest): readonly string[] => {
    const list = body[name];
    if (!Array.isArray(list)) throw missing(name);
    return list.flatMap((id) => (typeof id === 'string' ? id : []));
  };

/** More than any vendor makes for one request; what it multiplies to is still a safe integer. */
const mostPieces = 1024;

/** Reads a number of pieces: `2`, `"2"`. @returns `usual` where the value is none */
export function countOf(value: unknown, usual: number): number {
  const count = typeof value === 'string' ? Number.parseFloat(value) : value;
  if (typeof count !== 'number' || !(count > 0)) return usual;
  return Math.min(Math.ceil(count), mostPieces);
}

/** The member as an object; empty where it is none. */
export const partOf = (body: JsonObject, name: string): JsonObject => asObject(body[name]) ?? {};

/** What members of an object mean, by name; the schema of one that has members which count. */
type Members = Readonly<Record<string, string | JsonObject>>;

const described = (members: Members): JsonObject =>
  Object.fromEntries(
    Object.entries(members).map(([name, each]) => [
      name,
      typeof each === 'string' ? { description: each } : each,
    ]),
  );

/**
 * The schema of a body, for the OpenAPI document. What it names cannot be written in another letter case.
 * @param required texts that cannot be left out
 */
export function bodySchema(required: readonly string[], members: Members) {
  return {
    type: 'object',
    ...(required.length > 0 && { required }),
    properties: described(members),
  };
}

/** The schema of an object in a body. */
export const objectSchema = (description: string, members: Members): JsonObject => ({
  description,
  properties: described(members),
});

/** The schema of a list of objects in a body. */
export const listSchema = (description: string, members: Members): JsonObject => ({
  description,
  items: { properties: described(members) },
});
