/** Health and metrics endpoints: liveness, readiness, Prometheus metrics. */
import { parseAuthorization } from '../accounts/access-tokens.ts';
import { requireAdmin } from '../accounts/roles.ts';
import { digestOf } from '../domain/digest.ts';
import type { Exchange } from '../http/exchange.ts';
import { healthPaths } from '../http/health-paths.ts';
import { sendJson, sendText } from '../http/send.ts';
import { failure } from '../management/response.ts';
import type { Metrics } from '../observe/metrics.ts';
import { asHalleyError, HalleyError } from '../platform/errors.ts';
import { isDiskFull } from '../store/storage-failure.ts';
import type { StoreBase } from '../store/store.ts';

export interface HealthOptions {
  readonly store: Pick<StoreBase, 'checkWritable' | 'findAccountByAccessToken'>;
  /** Renders the metrics, with those of the other workers. */
  readonly metrics: Pick<Metrics, 'render'>;
  readonly draining: () => boolean;
  /** Whether this node may admit requests: in a cluster, whether it has a lease. */
  readonly isServing: () => boolean;
}

/**
 * Handles `/healthz`, `/readyz`, and `/metrics` for administrators by access token, on the main listener.
 * @returns whether the path was one of these and has been handled
 */
export function createHealthEndpoints(options: HealthOptions): (exchange: Exchange) => boolean {
  return (exchange) => {
    const { method } = exchange.req;
    if (!paths.has(exchange.path)) return false;
    if (method !== 'GET' && method !== 'HEAD') {
      refuse(exchange, new HalleyError('method_not_allowed', { headers: { allow: 'GET, HEAD' } }));
      return true;
    }
    switch (exchange.path) {
      case '/healthz':
        // Reports only that the process is alive: restarting it would not help against a database failure.
        sendHealthJson(exchange, 200, { status: 'ok' });
        break;
      case '/readyz':
        void sendReady(exchange, options);
        break;
      default:
        void sendGuardedMetrics(exchange, options);
    }
    return true;
  };
}

const paths: ReadonlySet<string> = new Set(healthPaths);

function refuse(exchange: Exchange, thrown: unknown): void {
  const { status, body, headers } = failure(asHalleyError(thrown), false);
  sendJson(exchange, status, JSON.stringify(body), headers);
}

/** Handles `/metrics` on a separate listener for every client that can connect. */
export function createOpenMetrics(options: HealthOptions): (exchange: Exchange) => void {
  return (exchange) => {
    if (exchange.path === '/metrics') void sendMetrics(exchange, options);
    else sendHealthJson(exchange, 404, { success: false, message: 'Only /metrics is served here.' });
  };
}

function sendHealthJson(exchange: Exchange, status: number, value: unknown): void {
  sendJson(exchange, status, JSON.stringify(value));
}

async function sendReady(exchange: Exchange, { store, draining, isServing }: HealthOptions): Promise<void> {
  if (draining()) {
    sendHealthJson(exchange, 503, { status: 'draining' });
    return;
  }
  if (!isServing()) {
    sendHealthJson(exchange, 503, { status: 'no lease' });
    return;
  }
  try {
    await store.checkWritable();
    sendHealthJson(exchange, 200, { status: 'ready' });
  } catch (error) {
    sendHealthJson(exchange, 503, { status: isDiskFull(error) ? 'disk full' : 'database unavailable' });
  }
}

async function sendMetrics(exchange: Exchange, { metrics }: HealthOptions): Promise<void> {
  const { body, contentType } = await metrics.render();
  sendText(exchange, 200, contentType, body);
}

async function sendGuardedMetrics(exchange: Exchange, options: HealthOptions): Promise<void> {
  try {
    const token = parseAuthorization(exchange.req.headers.authorization);
    const account =
      token === undefined ? undefined : await options.store.findAccountByAccessToken(digestOf(token));
    if (account?.state !== 'enabled') throw new HalleyError('unauthorized');
    requireAdmin(account);
    await sendMetrics(exchange, options);
  } catch (thrown) {
    refuse(exchange, thrown);
  }
}
