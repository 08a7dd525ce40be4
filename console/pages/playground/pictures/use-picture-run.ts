/** The requests for pictures of a page: the one that runs, and the last ones before it. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { announce } from '../../../components/announcer.tsx';
import { readOutput } from '../../../features/model-request/read-output.ts';
import { followRequest, parsed, type RawEvent } from '../../../features/model-request/send-request.ts';
import { isRunning, type ModelRun, noRun } from '../../../features/model-request/use-model-run.ts';
import { useMessages } from '../../../i18n/messages.ts';
import { type Picture, type PictureOutput, readPictures, shortened } from './read-pictures.ts';

export interface PictureRequest {
  readonly keyId: number;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>> | FormData;
  readonly model: string;
  readonly prompt: string;
  /** How many pictures are asked for. */
  readonly count: number;
}

export interface PictureRun extends Pick<PictureRequest, 'model' | 'prompt' | 'count'> {
  readonly id: number;
  /** Its events have no base64. */
  readonly run: ModelRun;
  readonly pictures: readonly Picture[];
  /** How far the next picture is; undefined = nothing is known of it. */
  readonly stage: Blob | undefined;
  /** Pictures that came and are not drawn. */
  readonly unreadable: number;
}

interface UsePictureRun {
  /** The newest first. */
  readonly runs: readonly PictureRun[];
  readonly isRunning: boolean;
  readonly send: (request: PictureRequest) => void;
  readonly stop: () => void;
  /** Forgets all, also what runs. */
  readonly clear: () => void;
}

/** Pictures take megabytes, so that only so many requests are kept. */
const runsKept = 8;
const eventsKept = 100;
/** A picture of 8,000,000 pixels is some 30 MB of base64. */
const eventCharactersMax = 100_000_000;

export function usePictureRun(): UsePictureRun {
  const t = useMessages('pictures');
  const [runs, setRuns] = useState<readonly PictureRun[]>([]);
  const controller = useRef<AbortController>(undefined);
  const lastId = useRef(0);
  const stop = useCallback(() => controller.current?.abort(), []);
  // A page that is left has nobody to read for.
  useEffect(() => stop, [stop]);

  const send = async (request: PictureRequest) => {
    stop();
    const own = new AbortController();
    controller.current = own;
    lastId.current += 1;
    const first = startOf(request, lastId.current);
    setRuns((before) => [first, ...before].slice(0, runsKept));
    const show = (next: PictureRun) =>
      setRuns((before) => before.map((each) => (each.id === next.id ? next : each)));
    const last = await follow(request, first, own.signal, (next, output) => {
      show(next);
      if (output.stage) announce(t('stageCame'));
    });
    show(last);
    if (controller.current !== own) return;
    announce(last.run.phase === 'done' ? t('complete', { count: last.pictures.length }) : t('brokeOff'));
  };

  return {
    runs,
    isRunning: runs.some(({ run }) => isRunning(run)),
    send: (request) => void send(request),
    stop,
    clear: () => {
      stop();
      controller.current = undefined;
      setRuns([]);
    },
  };
}

function startOf({ model, prompt, count }: PictureRequest, id: number): PictureRun {
  const run: ModelRun = { ...noRun, phase: 'waiting' };
  return { ...{ id, model, prompt, count, run }, pictures: [], stage: undefined, unreadable: 0 };
}

/** Never rejects. */
async function follow(
  { keyId, path, body }: PictureRequest,
  first: PictureRun,
  signal: AbortSignal,
  show: (run: PictureRun, output: PictureOutput) => void,
): Promise<PictureRun> {
  const startedAt = performance.now();
  let current = first;
  const end = (changes: Partial<ModelRun>): PictureRun => {
    const run = { ...current.run, ...changes, totalMs: performance.now() - startedAt };
    return { ...current, run, stage: undefined };
  };
  try {
    await followRequest({
      ...{ keyId, path, body, signal, eventCharactersMax },
      onHead: (head) => {
        current = { ...current, run: { ...current.run, ...head } };
      },
      onData: (event) => {
        const value = parsed(event.data);
        const output = readPictures(value);
        current = withEvent(current, event, output, readOutput('openai', value).error);
        show(current, output);
      },
    });
  } catch {
    return end({ phase: signal.aborted ? 'stopped' : 'failed' });
  }
  const { error, status } = current.run;
  return end({ phase: error === '' && status < 400 ? 'done' : 'failed' });
}

function withEvent(
  before: PictureRun,
  event: RawEvent,
  { stage, pictures, unreadable }: PictureOutput,
  error: string | undefined,
): PictureRun {
  const { run } = before;
  const events =
    run.events.length < eventsKept ? [...run.events, { ...event, data: shortened(event.data) }] : run.events;
  return {
    ...before,
    run: { ...run, phase: 'streaming', error: error ?? run.error, events, eventCount: run.eventCount + 1 },
    pictures: [...before.pictures, ...pictures],
    // A finished picture replaces its stages.
    stage: pictures.length > 0 ? undefined : (stage ?? before.stage),
    unreadable: before.unreadable + unreadable,
  };
}
