/** The document of the API as the reference shows it. */
import type { ApiDocument, Place } from './system.ts';

/** Leaves out what works in no frame: the session, which has no cookie here, and links to other sites. */
export function parseDocument(text: string, origin: string): ApiDocument {
  const api = JSON.parse(text) as ApiDocument;
  api.servers = [{ url: origin, description: 'This gateway' }];
  delete api.info.license;
  delete api.components.securitySchemes.session;
  for (const operation of Object.values(api.paths).flatMap((path) => Object.values(path)))
    operation.security = operation.security?.filter((scheme) => !('session' in scheme));
  return api;
}

/** @returns what stands there, with schemas in the place of references to them */
export function partOf(api: ApiDocument, path: Place): unknown {
  const part = path.reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], api);
  return withSchemas(part, api.components.schemas, []);
}

/** @param around names of schemas that it is in: such a one stays a reference */
function withSchemas(value: unknown, schemas: ApiDocument['components']['schemas'], around: Place): unknown {
  if (Array.isArray(value)) return value.map((one) => withSchemas(one, schemas, around));
  if (typeof value !== 'object' || value === null) return value;
  const name = '$ref' in value ? (String(value.$ref).split('/').at(-1) ?? '') : '';
  const schema = around.includes(name) ? undefined : schemas[name];
  if (schema) return withSchemas({ title: name, ...schema }, schemas, [...around, name]);
  // The bounds of every whole number say nothing, and the first of them would be the example.
  const entries = Object.entries(value).filter(([, one]) => Math.abs(one) !== Number.MAX_SAFE_INTEGER);
  return Object.fromEntries(entries.map(([key, one]) => [key, withSchemas(one, schemas, around)]));
}
