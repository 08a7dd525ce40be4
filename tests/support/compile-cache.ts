/** Compiled code that processes of tests share: each start of a gateway or a command costs half as much with it. */
import { join } from 'node:path';

/** For the environment of a process. */
export const compileCache = {
  NODE_COMPILE_CACHE: join(import.meta.dirname, '../../node_modules/.cache/compiled'),
} as const;
