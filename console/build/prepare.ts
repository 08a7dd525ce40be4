/** Makes everything of the console that is not committed: `npm run prepare`, also at the end of `npm ci`. */
import { compressFiles } from './compress.ts';
import { buildPages, pagesDirectory } from './pages.ts';
import { writeSchema } from './schema.ts';

await writeSchema();
await buildPages();
await compressFiles(pagesDirectory);
