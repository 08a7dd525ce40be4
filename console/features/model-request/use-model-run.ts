/** One model request of a component: what has arrived so far, how it ended, and a way to stop it. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { ProtocolId } from './protocol-ids.ts';
import type { ModelRequest } from './protocols.ts';
import type { Output } from './read-output.ts';
import { type RawEvent, sendRequest } from './send-request.ts';

/** `idle` before the first request. */
type Phase = 'idle' | 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed';

export interface ModelRun {
  readonly phase: Phase;
  readonly text: string;
  readonly reasoning: string;
  readonly images: readonly string[];
  /** What the gateway or the upstream says went wrong: foreign text. '' with `failed` = the connection broke. */
  readonly error: string;
  /** The first events; a long stream has more. */
  readonly events: readonly RawEvent[];
  readonly eventCount: number;
  /** HTTP status; 0 = there is none yet. */
  readonly status: number;
  readonly requestId: string;
  /** Milliseconds until the first text. */
  readonly firstTextMs: number | undefined;
  /** Milliseconds until the end. */
  readonly totalMs: number | undefined;
}

export interface RunRequest {
  readonly keyId: number;
  readonly protocol: ProtocolId;
  readonly request: ModelRequest;
}

/** Before the first request. */
export const noRun: ModelRun = {
  phase: 'idle',
  text: '',
  reasoning: '',
  images: [],
  error: '',
  events: [],
  eventCount: 0,
  status: 0,
  requestId: '',
  firstTextMs: undefined,
  totalMs: undefined,
};

const eventsKept = 500;
/** Between redraws of a stream: text is drawn as Markdown, which takes longer the longer it is. */
const redrawMs = 80;

export function isRunning({ phase }: Pick<ModelRun, 'phase'>): boolean {
  return phase === 'waiting' || phase === 'streaming';
}

interface UseModelRun {
  readonly run: ModelRun;
  /** Ends what still runs, and begins anew. Resolves with the finished run. */
  readonly send: (request: RunRequest) => Promise<ModelRun>;
  readonly stop: () => void;
  readonly reset: () => void;
}

export function useModelRun(): UseModelRun {
  const [run, setRun] = useState(noRun);
  const controller = useRef<AbortController>(undefined);
  const stop = useCallback(() => controller.current?.abort(), []);
  // A page that is left has nobody to read for.
  useEffect(() => stop, [stop]);

  const send = useCallback(async (request: RunRequest) => {
    controller.current?.abort();
    const own = new AbortController();
    controller.current = own;
    return follow(request, own.signal, (next) => {
      if (controller.current === own) setRun(next);
    });
  }, []);

  const reset = useCallback(() => {
    controller.current?.abort();
    controller.current = undefined;
    setRun(noRun);
  }, []);
  return { run, send, stop, reset };
}

/** Sends the request, and shows what arrived at most every `redrawMs`. Never rejects. */
async function follow(
  request: RunRequest,
  signal: AbortSignal,
  show: (run: ModelRun) => void,
): Promise<ModelRun> {
  const startedAt = performance.now();
  let current: ModelRun = { ...noRun, phase: 'waiting' };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const redraw = () => {
    timer = undefined;
    show(current);
  };
  show(current);
  const end = (changes: Partial<ModelRun>) => {
    clearTimeout(timer);
    current = { ...current, ...changes, totalMs: performance.now() - startedAt };
    show(current);
    return current;
  };
  try {
    await sendRequest({
      ...request,
      signal,
      onHead: (head) => {
        current = { ...current, ...head };
      },
      onEvent: (event, output) => {
        current = withEvent(current, event, output);
        timer ??= setTimeout(redraw, redrawMs);
      },
    });
  } catch {
    return end({ phase: signal.aborted ? 'stopped' : 'failed' });
  }
  return end({ phase: current.error === '' && current.status < 400 ? 'done' : 'failed' });
}

function withEvent(run: ModelRun, event: RawEvent, output: Output): ModelRun {
  const hasOutput = output.text !== '' || output.reasoning !== '' || output.images.length > 0;
  return {
    ...run,
    phase: 'streaming',
    text: run.text + output.text,
    reasoning: run.reasoning + output.reasoning,
    images: output.images.length > 0 ? [...run.images, ...output.images] : run.images,
    error: output.error ?? run.error,
    // Copied until it is full, then shared.
    events: run.events.length < eventsKept ? [...run.events, event] : run.events,
    eventCount: run.eventCount + 1,
    firstTextMs: run.firstTextMs ?? (hasOutput ? event.atMs : undefined),
  };
}
