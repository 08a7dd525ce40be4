/**
 * `npm run console:dev -- [ADDRESS]`: the pages from their source, with hot reload, before a gateway that runs already. Its
 * address is http://127.0.0.1:8787 unless given. The pages' security policy is left out, since hot reload needs inline
 * scripts.
 */
import { createServer } from 'vite';
import { consoleDirectory } from './pages.ts';
import { writeSchema } from './schema.ts';

const gateway = process.argv[2] ?? 'http://127.0.0.1:8787';
const proxied = ['/api', '/v1', '/v1beta', '/.well-known', '/healthz', '/readyz'];

await writeSchema();
const server = await createServer({
  root: consoleDirectory,
  server: {
    proxy: Object.fromEntries(proxied.map((path) => [path, { target: gateway, changeOrigin: true }])),
  },
});
await server.listen();
server.printUrls();
