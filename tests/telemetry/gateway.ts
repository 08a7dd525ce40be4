/** A gateway that sends traces and metrics to a collector of the test. */
import { type Gateway, startGateway } from '../support/gateway.ts';

/** The API key that the collector gets; it must never show up. */
export const collectorKey = 'collector-secret-5f1c';

export async function startTraced(
  origin: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Gateway> {
  const gateway = await startGateway({
    env: {
      HALLEY_OTEL_ENABLED: 'true',
      HALLEY_OTEL_ENDPOINT: origin,
      HALLEY_OTEL_HEADERS: `x-collector-key=${collectorKey}`,
      HALLEY_OTEL_TRACES_EVERY_MS: '50',
      HALLEY_OTEL_METRICS_EVERY_MS: '1000',
      HALLEY_OTEL_TIMEOUT_MS: '1000',
      ...env,
    },
  });
  gateway.secret(collectorKey);
  return gateway;
}
