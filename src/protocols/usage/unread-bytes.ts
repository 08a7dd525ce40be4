/** The usage reader of a response that reports none: sound, plain text. */
import type { ResponseReport } from '../protocol.ts';
import { noOutput, noReport, type Output, type UsageReader } from './usage-reader.ts';

export class UnreadBytes implements UsageReader {
  push(): void {}

  finish(): ResponseReport {
    return noReport;
  }

  output(): Output {
    return noOutput;
  }
}
