/** Reads usage out of a response as it passes. */
import { noToolCalls } from '../../domain/usage.ts';
import type { Piece } from '../events/piece.ts';
import type { ResponseForm, ResponseReport } from '../protocol.ts';

/** Never throws on any bytes. */
export interface UsageReader {
  /** Costs little for pieces without usage: one native search, no parsing. */
  push(piece: Piece): void;
  /**
   * Call once at the end.
   * @param complete whether the response came to its own end, which allows a shorter way to the report
   */
  finish(complete: boolean): ResponseReport;
  /** The output so far, for counting its tokens where they are not reported. Call at most once, after `finish`. */
  output(): Output;
  /** The beginning of the response, which may name its model, after `finish`; undefined = it is not kept. */
  readonly start?: Buffer | undefined;
}

/** What a model wrote. */
export interface Output {
  /** Texts, reasoning and arguments of tool calls, without the JSON around them. */
  readonly text: string;
  /** Images, whole or begun. */
  readonly images: number;
  /** Earlier stages of an image that never came whole, where the protocol sends them. */
  readonly partialImages?: number;
  /** Whether nothing of it could be read: it came encoded, and longer than is decoded. */
  readonly isUnread?: boolean;
}

export const noOutput: Output = { text: '', images: 0 };

export function hasOutput({ text, images, partialImages = 0 }: Output): boolean {
  return text !== '' || images > 0 || partialImages > 0;
}

/** For a response of which nothing is known. */
export const noReport: ResponseReport = {
  usage: undefined,
  outputMissing: false,
  responseId: '',
  tier: '',
  toolCalls: noToolCalls,
};

/** Makes the reader for a response of this form. */
export type UsageReaderFactory = (form: ResponseForm) => UsageReader;
