/** Where `npm run prepare` leaves the pages of the console and of the documentation. */
import { join } from 'node:path';

export const builtPages: string = join(import.meta.dirname, '../../console/dist');

/** The page that every address of the console begins with. Without it nothing was built. */
export const shellName = 'index.html';

export const builtSite: string = join(import.meta.dirname, '../../site/dist');
