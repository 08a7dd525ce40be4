/** Opens the upstream's socket of a session: chooses a channel, and tries the next one after a failure. */

import type { WebSocket } from 'ws';
import type { KeyPolicy } from '../../access/key-policy.ts';
import { HalleyError } from '../../platform/errors.ts';
import { openaiUpstream } from '../../protocols/upstream/upstream-protocol.ts';
import { DialFailure, dialSocket, type RefusedSocket } from '../../upstreams/dial-socket.ts';
import type { TargetQuery, UpstreamTarget } from '../../upstreams/upstreams.ts';
import { classifyFailure, outcomeOf, retryAfterOf } from '../failure.ts';
import { codeOf, refusalOf, translatedError } from '../refusal.ts';
import type { RequestTimeline } from '../request-timeline.ts';
import { groupsFor, type RouteOptions, unknownModel } from '../route.ts';
import { UpstreamError } from '../upstream-error.ts';

/** What the upstream is asked for. */
export interface SocketRequest {
  readonly model: string;
  readonly keyId: number;
  /** As `groupsServing` gives them. */
  readonly groups: readonly string[];
  /** Of the client: name, value, name, value. */
  readonly rawHeaders: readonly string[];
  /** Asked before each attempt. */
  readonly mayContinue: () => boolean;
  readonly timeline: RequestTimeline;
}

export interface Dialled {
  readonly socket: WebSocket;
  readonly target: UpstreamTarget;
  readonly group: string;
}

const api = 'openai';

/** @throws HalleyError('model_not_found') when no channel of the key's groups offers the model */
export function groupsServing(
  { upstreams }: Pick<RouteOptions, 'upstreams'>,
  policy: KeyPolicy,
  model: string,
): readonly string[] {
  const groups = groupsFor(policy, (some) => upstreams.offers(api, model, some));
  if (upstreams.offers(api, model, groups)) return groups;
  throw unknownModel(model, (protocol) => upstreams.offers(protocol, model, groups));
}

/**
 * @param signal gives up
 * @throws HalleyError: the upstream's own refusal where the request is at fault, else as `Route` and `UpstreamSide` do
 */
export async function dialUpstream(
  options: RouteOptions,
  request: SocketRequest,
  signal: AbortSignal,
): Promise<Dialled> {
  const { upstreams, attemptsMax } = options;
  const tried: UpstreamTarget[] = [];
  let failure: HalleyError | undefined;
  while (tried.length < attemptsMax && !signal.aborted && request.mayContinue()) {
    const target = upstreams.pick(queryOf(request, tried));
    if (typeof target === 'string') break;
    tried.push(target);
    const opened = await attempt(options, request, target, signal);
    if (opened instanceof HalleyError) failure = opened;
    else {
      const group = request.groups.find((each) => target.groups.has(each)) ?? '';
      return { socket: opened, target, group };
    }
  }
  throw failure ?? new HalleyError('no_channel_available', { headers: { 'retry-after': '5' } });
}

function queryOf({ model, groups, keyId }: SocketRequest, tried: readonly UpstreamTarget[]): TargetQuery {
  const conversation = () => undefined;
  return { api, operation: 'realtime', kind: 'realtime', model, groups, keyId, conversation, tried };
}

/**
 * @returns the socket; the error when another upstream may be tried
 * @throws HalleyError when the request itself is at fault
 */
async function attempt(
  { upstreams }: RouteOptions,
  { rawHeaders, timeline }: SocketRequest,
  target: UpstreamTarget,
  signal: AbortSignal,
): Promise<WebSocket | HalleyError> {
  const { model } = target;
  timeline.begin(target);
  const path = `/v1/realtime?model=${encodeURIComponent(model)}`;
  const plain = {
    protocol: openaiUpstream,
    operation: 'realtime',
    model,
    path,
    form: 'json',
    rawHeaders: timeline.upstreamHeaders(rawHeaders),
    body: [],
  } as const;
  let opened: WebSocket | RefusedSocket;
  try {
    opened = await dialSocket(target, { ...plain, method: 'GET' }, signal);
  } catch (thrown) {
    const { reason, connected } =
      thrown instanceof DialFailure ? thrown : { reason: thrown, connected: false };
    const { outcome, error } = classifyFailure(
      reason instanceof Error ? reason : new Error(String(reason)),
      connected,
    );
    if (!signal.aborted) {
      timeline.failed(outcome);
      upstreams.report(target, outcome);
    }
    return error;
  }
  if ('status' in opened) {
    timeline.responded(opened.status);
    return refused({ upstreams }, target, opened, timeline);
  }
  timeline.responded(101);
  timeline.result('ok');
  upstreams.report(target, 'ok');
  return opened;
}

function refused(
  { upstreams }: Pick<RouteOptions, 'upstreams'>,
  target: UpstreamTarget,
  { status, headers, body }: RefusedSocket,
  timeline: RequestTimeline,
): HalleyError {
  const error = new UpstreamError(status, headers, openaiUpstream, target.style);
  error.push(body);
  const { meaning } = error;
  timeline.resultOf(meaning);
  upstreams.report(target, outcomeOf[meaning], retryAfterOf(headers));
  const log = target.secrets.mask(error.summary);
  const code = refusalOf(error, meaning);
  if (code) return new HalleyError(code, { log });
  if (meaning === 'own') throw translatedError(error, target.secrets);
  return meaning === 'busy' || meaning === 'no_model'
    ? translatedError(error, target.secrets)
    : new HalleyError(codeOf(meaning), { log });
}
