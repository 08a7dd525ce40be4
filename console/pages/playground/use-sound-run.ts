/** One request for speech or a transcription: what came, and a way to stop it. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { announce } from '../../components/announcer.tsx';
import { readOutput } from '../../features/model-request/read-output.ts';
import { startRequest } from '../../features/model-request/send-request.ts';
import { isRunning, type ModelRun, noRun } from '../../features/model-request/use-model-run.ts';
import { useMessages } from '../../i18n/messages.ts';

export interface SoundRequest {
  readonly keyId: number;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>> | FormData;
}

interface SoundResult {
  readonly run: ModelRun;
  /** What was spoken; undefined = nothing. */
  readonly sound: Blob | undefined;
}

interface UseSoundRun extends SoundResult {
  readonly isRunning: boolean;
  readonly send: (request: SoundRequest) => void;
  readonly stop: () => void;
}

export function useSoundRun(): UseSoundRun {
  const t = useMessages('playground');
  const [result, setResult] = useState<SoundResult>({ run: noRun, sound: undefined });
  const controller = useRef<AbortController>(undefined);
  const stop = useCallback(() => controller.current?.abort(), []);
  // A page that is left has nobody to read for.
  useEffect(() => stop, [stop]);

  const follow = async (request: SoundRequest) => {
    controller.current?.abort();
    const own = new AbortController();
    controller.current = own;
    const startedAt = performance.now();
    setResult({ run: { ...noRun, phase: 'waiting' }, sound: undefined });
    const { run, sound } = await resultOf(request, own.signal);
    if (controller.current !== own) return;
    setResult({ run: { ...run, totalMs: performance.now() - startedAt }, sound });
    announce(t(run.phase === 'done' ? 'complete' : 'brokeOff'));
  };
  return { ...result, isRunning: isRunning(result.run), send: (request) => void follow(request), stop };
}

/** Never rejects. */
async function resultOf(request: SoundRequest, signal: AbortSignal): Promise<SoundResult> {
  try {
    const { response, head, error } = await startRequest({ ...request, signal });
    const run: ModelRun = { ...noRun, ...head, phase: 'done' };
    if (error !== undefined) {
      return { run: { ...run, phase: 'failed', error: errorText(error) }, sound: undefined };
    }
    const type = response.headers.get('content-type') ?? '';
    if (!type.startsWith('audio/'))
      return { run: { ...run, text: textIn(await response.text()) }, sound: undefined };
    // Whatever its bytes are, it is only ever a sound here.
    return { run, sound: new Blob([await response.arrayBuffer()], { type }) };
  } catch {
    const phase = signal.aborted ? 'stopped' : 'failed';
    return { run: { ...noRun, phase }, sound: undefined };
  }
}

function errorText(error: unknown): string {
  return readOutput('openai', error).error ?? (typeof error === 'string' ? error : JSON.stringify(error));
}

/** A transcription is plain text, subtitles, or JSON with the text in it. */
function textIn(body: string): string {
  try {
    const { text } = JSON.parse(body) as { text?: unknown };
    return typeof text === 'string' ? text : body;
  } catch {
    return body;
  }
}
