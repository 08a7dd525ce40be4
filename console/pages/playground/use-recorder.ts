/** Records the microphone. Nothing of it leaves the page before it is sent. */
import { useCallback, useEffect, useRef, useState } from 'react';

export type RecorderState = 'idle' | 'starting' | 'recording' | 'refused' | 'missing';

interface UseRecorder {
  /** `refused`: the browser or its user did not allow it. `missing`: there is no microphone, or the page has no right to ask. */
  readonly state: RecorderState;
  readonly start: () => void;
  /** Ends the recording and hands it on. */
  readonly stop: () => void;
}

/** Extensions by which upstreams know the format. */
const extensions: Readonly<Record<string, string>> = {
  'audio/webm': 'webm',
  'audio/mp4': 'm4a',
  'audio/ogg': 'ogg',
};

function fileOf(chunks: readonly Blob[], mimeType: string): File {
  const type = mimeType.split(';', 1)[0] ?? '';
  return new File([...chunks], `recording.${extensions[type] ?? 'webm'}`, { type });
}

/** @param onRecorded gets each recording */
export function useRecorder(onRecorded: (file: File) => void): UseRecorder {
  const [state, setState] = useState<RecorderState>('idle');
  const recorder = useRef<MediaRecorder>(undefined);
  const isLeft = useRef(false);
  const stop = useCallback(() => {
    if (recorder.current?.state === 'recording') recorder.current.stop();
  }, []);
  // A page that is left must not listen on.
  useEffect(() => {
    isLeft.current = false;
    return () => {
      isLeft.current = true;
      stop();
    };
  }, [stop]);

  const record = async () => {
    setState('starting');
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const release = () => {
        for (const track of stream.getTracks()) track.stop();
      };
      if (isLeft.current) return release();
      const own = new MediaRecorder(stream);
      const chunks: Blob[] = [];
      own.ondataavailable = ({ data }) => chunks.push(data);
      own.onstop = () => {
        release();
        if (isLeft.current) return;
        setState('idle');
        onRecorded(fileOf(chunks, own.mimeType));
      };
      recorder.current = own;
      own.start();
      setState('recording');
    } catch (error) {
      // Pages without TLS have no `mediaDevices` at all.
      const isRefused = error instanceof DOMException && error.name === 'NotAllowedError';
      setState(isRefused ? 'refused' : 'missing');
    }
  };
  return { state, start: () => void record(), stop };
}
