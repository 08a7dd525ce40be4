/** Writes the types of the management API, from which the pages' client is made. */
import { writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const document = new URL('../../docs/openapi.json', import.meta.url);
const target = new URL('../api/schema.ts', import.meta.url);
const head = '/** The management API as types. Generated from docs/openapi.json by `npm run prepare`. */\n\n';

/** Writes `console/api/schema.ts`. It is not committed, so that a changed endpoint shows in the type check. */
export async function writeSchema(): Promise<void> {
  await writeFile(target, head + astToString(await openapiTS(document)));
}
