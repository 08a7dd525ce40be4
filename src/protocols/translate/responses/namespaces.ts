/** Namespaces of tools, which Responses alone has: elsewhere they are the beginning of a tool's name. Pure. */

/** OpenAI takes it in no name. Targets that do not either get a derived name. */
const separator = '::';

export function joinedName(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : namespace + separator + name;
}

export function splitName(joined: string): { readonly namespace?: string; readonly name: string } {
  const at = joined.indexOf(separator);
  if (at <= 0) return { name: joined };
  return { namespace: joined.slice(0, at), name: joined.slice(at + separator.length) };
}
