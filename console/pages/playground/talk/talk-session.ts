/** One realtime session of the playground: its socket, the microphone and what is played, from the click to its end. */
import { type Microphone, openMicrophone } from './microphone.ts';
import { openSocket } from './open-socket.ts';
import { levelOf, toBase64 } from './pcm.ts';
import { Speaker } from './speaker.ts';
import { textAt } from './talk-log.ts';

export interface TalkSettings {
  readonly keyId: number;
  readonly model: string;
  /** '' = the model's own choice. */
  readonly voice: string;
  readonly instructions: string;
  /** The model that writes down what the user says; undefined = none does. */
  readonly transcriber: string | undefined;
  /** The user says when he has finished, and not the upstream. */
  readonly isPushToTalk: boolean;
}

export type MicrophoneState = 'off' | 'starting' | 'on' | 'muted' | 'refused' | 'missing';

export interface TalkEvents {
  /** @param event parsed; undefined = it is no JSON */
  onEvent(direction: 'in' | 'out', event: unknown, text: string): void;
  onOpen(): void;
  /** @param error what the gateway said; '' = the connection broke; undefined = it ended in order. Called once. */
  onEnd(error: string | undefined): void;
  onMicrophone(state: MicrophoneState): void;
  /** @param level from 0 to 1 */
  onLevel(level: number): void;
  onPlaying(isPlaying: boolean): void;
}

const normal = 1000;
const policyViolation = 1008;
const format = { type: 'audio/pcm', rate: 24_000 };
/** Pieces of silence that a muted microphone sends, so that the upstream hears the end of what was said. */
const silentPieces = 20;
/** Bytes that wait to be sent; a network this slow loses sound. */
const waitingMax = 1_000_000;

export class TalkSession {
  readonly #settings: TalkSettings;
  readonly #events: TalkEvents;
  readonly #leaving = new AbortController();
  readonly #speaker: Speaker;
  #socket: WebSocket | undefined;
  #microphone: Microphone | undefined;
  #isMuted = false;
  #silentLeft = silentPieces;
  /** Pieces of sound of the button that is held; undefined = it is not. */
  #held: number | undefined;
  #responding = new Set<string>();
  #lastError: string | undefined;
  #isOver = false;

  /** Begins at once: call it in a click, since browsers let no page sound by itself. */
  constructor(settings: TalkSettings, events: TalkEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#speaker = new Speaker(events.onPlaying);
    void this.#connect();
    void this.#listen();
  }

  async #connect(): Promise<void> {
    const { keyId, model } = this.#settings;
    try {
      const socket = await openSocket(keyId, model, this.#leaving.signal);
      if (this.#isOver) return socket.close(normal);
      this.#socket = socket;
      socket.onmessage = ({ data }) => this.#take(String(data));
      socket.onclose = ({ code }) => {
        const isRefused = code === policyViolation || (code !== normal && this.#lastError !== undefined);
        if (isRefused) this.#finish(this.#lastError ?? '');
        else this.#finish(code === normal ? undefined : '');
      };
    } catch (error) {
      // Of a network that failed, browsers say nothing a user could use.
      const isKnown = error instanceof Error && !(error instanceof TypeError);
      this.#finish(isKnown ? error.message : '');
    }
  }

  async #listen(): Promise<void> {
    const { onMicrophone, onLevel } = this.#events;
    onMicrophone('starting');
    const onSound = (samples: Int16Array) => {
      onLevel(levelOf(samples));
      this.#hear(samples);
    };
    try {
      const onLost = () => onMicrophone('missing');
      this.#microphone = await openMicrophone({ onSound, onLost }, this.#leaving.signal);
      onMicrophone('on');
    } catch (error) {
      // Pages without TLS have no `mediaDevices` at all.
      const isRefused = error instanceof DOMException && error.name === 'NotAllowedError';
      if (!this.#isOver) onMicrophone(isRefused ? 'refused' : 'missing');
    }
  }

  #hear(samples: Int16Array): void {
    if (!this.#socket || this.#socket.bufferedAmount > waitingMax) return;
    if (this.#settings.isPushToTalk) {
      if (this.#held === undefined) return;
      this.#held += 1;
    } else if (this.#isMuted) {
      if (this.#silentLeft === 0) return;
      this.#silentLeft -= 1;
    }
    this.#send({ type: 'input_audio_buffer.append', audio: toBase64(samples) });
  }

  #take(text: string): void {
    let event: unknown;
    try {
      event = JSON.parse(text);
    } catch {
      event = undefined;
    }
    const type = textAt(event, 'type');
    const { response, error, content_index } = Object(event);
    switch (type) {
      case 'session.created':
        this.#send(this.#configuration());
        this.#events.onOpen();
        break;
      case 'input_audio_buffer.speech_started':
        // The upstream cancels the response by itself.
        this.#silence();
        break;
      case 'response.created':
        this.#responding.add(textAt(response, 'id'));
        break;
      case 'response.done':
        this.#responding.delete(textAt(response, 'id'));
        break;
      case 'response.output_audio.delta':
      case 'response.audio.delta':
        this.#speaker.play(textAt(event, 'item_id'), Number(content_index) || 0, textAt(event, 'delta'));
        break;
      case 'error':
        this.#lastError = textAt(error, 'message');
    }
    this.#events.onEvent('in', event, text);
  }

  #configuration(): object {
    const { voice, instructions, transcriber, isPushToTalk } = this.#settings;
    return {
      type: 'session.update',
      session: {
        type: 'realtime',
        output_modalities: ['audio'],
        ...(instructions !== '' && { instructions }),
        audio: {
          input: {
            format,
            turn_detection: isPushToTalk ? null : { type: 'server_vad' },
            transcription: transcriber === undefined ? null : { model: transcriber },
          },
          output: { format, ...(voice !== '' && { voice }) },
        },
      },
    };
  }

  #send(event: object): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const text = JSON.stringify(event);
    this.#socket.send(text);
    this.#events.onEvent('out', event, text);
  }

  /** What was not heard is no part of the conversation. */
  #silence(): void {
    const heard = this.#speaker.interrupt();
    if (!heard) return;
    const { itemId: item_id, contentIndex: content_index, ms: audio_end_ms } = heard;
    this.#send({ type: 'conversation.item.truncate', item_id, content_index, audio_end_ms });
  }

  /** Ends the response that is under way or is being played. */
  stop(): void {
    if (this.#responding.size > 0) this.#send({ type: 'response.cancel' });
    this.#silence();
  }

  say(text: string): void {
    this.stop();
    const content = [{ type: 'input_text', text }];
    this.#send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
    this.#send({ type: 'response.create' });
  }

  mute(isMuted: boolean): void {
    this.#isMuted = isMuted;
    this.#silentLeft = silentPieces;
    this.#microphone?.mute(isMuted);
    this.#events.onMicrophone(isMuted ? 'muted' : 'on');
  }

  /** The button that is held while the user speaks. */
  press(): void {
    if (this.#held !== undefined) return;
    this.stop();
    this.#held = 0;
  }

  release(): void {
    const pieces = this.#held;
    this.#held = undefined;
    // The protocol refuses an empty buffer.
    if (pieces === undefined || pieces === 0) return;
    this.#send({ type: 'input_audio_buffer.commit' });
    this.#send({ type: 'response.create' });
  }

  /** Ends it, and lets the microphone go. */
  end(): void {
    this.#finish(undefined);
  }

  #finish(error: string | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leaving.abort();
    this.#speaker.close();
    this.#socket?.close(normal);
    this.#events.onMicrophone('off');
    this.#events.onEnd(error);
  }
}
