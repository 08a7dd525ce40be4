/** Hears the microphone in pieces of a tenth of a second, until it is closed. */
import workletUrl from './capture-worklet.ts?worker&url';
import { sampleRate } from './pcm.ts';

export interface Microphone {
  /** A muted one hands on silence. */
  mute(isMuted: boolean): void;
  /** Lets it go: the browser shows that nothing listens any more. */
  close(): void;
}

interface MicrophoneEvents {
  onSound(samples: Int16Array): void;
  /** It was unplugged, or its right was taken back. */
  onLost(): void;
}

/**
 * @param signal lets it go, also while it is being opened
 * @throws DOMException `NotAllowedError` when it may not be used; others when there is none
 */
export async function openMicrophone(events: MicrophoneEvents, signal: AbortSignal): Promise<Microphone> {
  const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  const stream = await navigator.mediaDevices.getUserMedia({ audio });
  let context: AudioContext | undefined;
  const close = () => {
    for (const track of stream.getTracks()) {
      track.onended = null;
      track.stop();
    }
    if (context && context.state !== 'closed') void context.close();
  };
  try {
    signal.throwIfAborted();
    signal.addEventListener('abort', close);
    const opened = listenTo(stream);
    context = opened.context;
    await context.audioWorklet.addModule(workletUrl);
    signal.throwIfAborted();
    const capture = new AudioWorkletNode(context, 'capture');
    capture.port.onmessage = ({ data }: MessageEvent<Int16Array>) => events.onSound(data);
    // Nodes that lead nowhere are not run everywhere; this one puts out silence.
    opened.source.connect(capture).connect(context.destination);
  } catch (error) {
    close();
    throw error;
  }
  for (const track of stream.getTracks()) track.onended = () => events.onLost();
  return {
    mute(isMuted) {
      for (const track of stream.getTracks()) track.enabled = !isMuted;
    },
    close,
  };
}

/** The context resamples, where the browser can; where it cannot, the worklet does. */
function listenTo(stream: MediaStream): {
  readonly context: AudioContext;
  readonly source: MediaStreamAudioSourceNode;
} {
  let context = new AudioContext({ sampleRate });
  try {
    return { context, source: context.createMediaStreamSource(stream) };
  } catch {
    void context.close();
    context = new AudioContext();
    return { context, source: context.createMediaStreamSource(stream) };
  }
}
