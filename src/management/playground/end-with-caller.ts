/** Ends a running model request when the session or access token that it was made with ends. */
import type { InFlightRequest } from '../../access/in-flight-requests.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { Clock } from '../../platform/clock.ts';
import { asHalleyError, HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { Confirm } from '../endpoint.ts';

/**
 * Authenticates the caller again at intervals, until the response is complete. When that fails, whatever the cause,
 * the request is ended: a sign-in that cannot be shown to last does not count.
 */
export function endWithCaller(
  clock: Clock,
  confirm: Confirm,
  { res }: Pick<Exchange, 'res'>,
  running: Pick<InFlightRequest, 'abort'>,
): void {
  const check = async () => {
    try {
      await confirm();
      if (!res.closed) timer = clock.after(limits.caller_check_every_ms, check);
    } catch (thrown) {
      const error = asHalleyError(thrown);
      const reason = error.code === 'unauthorized' ? new HalleyError('session_ended') : error;
      await running.abort(reason, limits.delivery_ms_max);
    }
  };
  let timer = clock.after(limits.caller_check_every_ms, check);
  res.once('close', () => timer.cancel());
}
