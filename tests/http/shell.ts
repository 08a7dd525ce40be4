/** The HTTP shell on a free loopback port, with a handler that echoes its request. */
import type { TestContext } from 'node:test';
import { type BodyOptions, ClientGone, readBody } from '../../src/http/body.ts';
import { bodyBudgetOf } from '../../src/http/body-budget.ts';
import { joined } from '../../src/http/body-pieces.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import type { ListenPlace } from '../../src/http/listener.ts';
import { sendJson } from '../../src/http/send.ts';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { asHalleyError } from '../../src/platform/errors.ts';
import { createLog } from '../../src/platform/log.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { type Settings, settingsSchema } from '../../src/platform/settings/schema.ts';

export interface TestShell {
  readonly server: HttpServer;
  readonly port: number;
  /** Requests that reached the handler, as `METHOD path`. */
  readonly handled: string[];
  /** Results of reading bodies: the length, or the name or code of the error. */
  readonly bodies: (number | string)[];
}

export interface ShellOptions {
  readonly settings?: Partial<Settings['http']>;
  readonly handle?: (exchange: Exchange) => void;
  readonly isSocketPath?: (path: string) => boolean;
  readonly body?: Partial<BodyOptions>;
  /** Where connections come from; default: a free port. */
  readonly place?: ListenPlace;
}

/** Starts a shell for a test, and stops it when the test ends. */
export async function startShell(t: TestContext, options: ShellOptions = {}): Promise<TestShell> {
  const handled: string[] = [];
  const bodies: (number | string)[] = [];
  const settings = { ...settingsSchema.parse({}).http, ...options.settings };
  const echo = async (exchange: Exchange) => {
    try {
      const body = await readBody(exchange, {
        bytesMax: settings.body_bytes_max,
        pace: { idleMs: settings.body_idle_ms, bytesPerSecondMin: settings.body_bytes_per_s_min },
        clock: systemClock,
        share: bodyBudgetOf(settings).share(['test']),
        ...options.body,
      });
      bodies.push(body.length);
      sendJson(exchange, 200, describe(exchange, joined(body)));
    } catch (thrown) {
      if (thrown instanceof ClientGone) {
        bodies.push(thrown.name);
        return;
      }
      const error = asHalleyError(thrown);
      bodies.push(error.code);
      sendJson(exchange, error.status, JSON.stringify({ code: error.code }), error.headers);
    }
  };
  const server = createHttpServer({
    settings,
    clock: systemClock,
    random: systemRandom,
    log: createLog({ level: 'debug' }, { write: () => undefined }),
    ...(options.isSocketPath && { isSocketPath: options.isSocketPath }),
    handle(exchange) {
      handled.push(`${exchange.req.method} ${exchange.path}`);
      if (options.handle) options.handle(exchange);
      else void echo(exchange);
    },
  });
  t.after(() => server.close());
  const { port } = await server.listen(options.place ?? '127.0.0.1:0');
  return { server, port, handled, bodies };
}

/** Describes the request of an exchange as JSON. */
function describe(exchange: Exchange, body: Buffer): string {
  const { path, query, clientAddress, id } = exchange;
  return JSON.stringify({ path, query, clientAddress, id, body: body.toString('latin1').slice(0, 100) });
}
