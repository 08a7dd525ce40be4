/** One response of a session from its reservation to its settlement, and what of it has been delivered. */
import { noUsage, type Usage } from '../../domain/usage.ts';
import { bytesOf, isText } from '../../protocols/json-outline.ts';
import type { JsonObject } from '../../protocols/protocol.ts';
import {
  type Amounts,
  bytesOfBase64,
  bytesPerToken,
  msPerOutputToken,
} from '../../protocols/realtime/session-tally.ts';
import type { Charge } from './charge.ts';

export interface RunningParts {
  readonly charge: Charge;
  /** The event that asked for it has this id; undefined = the upstream began it by itself. */
  readonly eventId: string | undefined;
  /** Whether that id is the gateway's own, which the client does not know. */
  readonly isOwnId: boolean;
  /** Whether it is no part of the conversation. */
  readonly isAside: boolean;
  /** What had come since the last report when it began. */
  readonly before: Amounts;
  /** Its input, as far as known. */
  readonly input: Amounts;
  readonly outputTokensMax: number;
  readonly outputBytesPerMs: number;
}

const soundDelta = /^response\.(?:output_)?audio\.delta$/;
const textDelta =
  /^response\.(?:(?:output_)?text|(?:output_)?audio_transcript|function_call_arguments|mcp_call_arguments)\.delta$/;

export class RunningResponse {
  readonly parts: RunningParts;
  /** The upstream's id of it; '' = not known yet. */
  id = '';
  #soundBytes = 0;
  #textBytes = 0;

  constructor(parts: RunningParts) {
    this.parts = parts;
  }

  /** Notes what the client has of it. */
  delivered(type: string, { delta }: JsonObject): void {
    if (!isText(delta)) return;
    this.parts.charge.timeline.byteCame();
    if (soundDelta.test(type)) this.#soundBytes += bytesOfBase64(delta);
    else if (textDelta.test(type)) this.#textBytes += bytesOf(delta);
  }

  /** What it is charged by where nothing is reported; undefined = the client has nothing of it. */
  get estimate(): Usage | undefined {
    if (this.#soundBytes + this.#textBytes === 0) return undefined;
    const { input, outputTokensMax, outputBytesPerMs } = this.parts;
    const sound = Math.ceil(this.#soundBytes / outputBytesPerMs / msPerOutputToken);
    const outputTokens = Math.min(sound + Math.ceil(this.#textBytes / bytesPerToken), outputTokensMax);
    return {
      ...noUsage,
      inputTokens: input.text + input.media,
      audioInputTokens: input.media,
      outputTokens,
      audioOutputTokens: Math.min(sound, outputTokens),
    };
  }
}
