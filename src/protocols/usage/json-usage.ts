/** Reads the usage out of a response that is one JSON text, or an array of them sent piece by piece. */
import { limits } from '../../platform/limits.ts';
import type { Piece } from '../events/piece.ts';
import { wholeElements } from '../json-bytes.ts';
import type { ResponseReport } from '../protocol.ts';
import { KeptJson } from './kept-json.ts';
import { outputOfJson } from './output-text.ts';
import { ToolCallSum } from './tool-calls.ts';
import { hasOutput, noOutput, type Output, type UsageReader } from './usage-reader.ts';
import {
  asObject,
  idAtStart,
  parseLoosely,
  readFromEnd,
  readLastMember,
  type UsageShape,
} from './usage-shape.ts';
import { UsageSum } from './usage-sum.ts';

/**
 * Keeps the response and parses it once, at the end. Of a response longer than `bytesMax` the end is searched
 * for the report; of an array that broke off, the elements that are complete.
 */
export class JsonUsageReader implements UsageReader {
  readonly #shape: UsageShape;
  readonly #kept: KeptJson;
  readonly #isArray: boolean;
  #first: Buffer | undefined;
  /** What was kept, where its output will have to be counted. */
  #unreported: Buffer | undefined;
  #output: Output | undefined;
  start: Buffer | undefined;

  constructor(
    shape: UsageShape,
    form: 'json' | 'json-array',
    bytesMax: number = limits.usage_scan_bytes_max,
  ) {
    this.#shape = shape;
    this.#isArray = form === 'json-array';
    this.#kept = new KeptJson(bytesMax);
  }

  push({ bytes }: Piece): void {
    this.#first ??= bytes;
    this.#kept.push(bytes);
  }

  finish(complete: boolean): ResponseReport {
    const { bytes, whole } = this.#kept.take();
    const sum = new UsageSum(this.#shape);
    const toolCalls = new ToolCallSum();
    const showsCalls = this.#shape.toolCalls !== undefined && bytes.includes(this.#shape.toolCalls.needle);
    if (complete && !this.#isArray && !showsCalls) sum.addOlder(readLastMember(this.#shape, bytes));
    if (showsCalls || this.#mayAdd(sum, bytes)) this.#search(bytes, whole, sum, toolCalls);
    const usage = sum.total();
    const outputMissing = usage !== undefined && !sum.hasOutput && this.#mayHaveOutput(bytes, sum, complete);
    if (!usage || outputMissing) this.#unreported = bytes;
    const start = whole ? bytes : this.#first;
    const responseId = sum.reported?.id ?? (start ? idAtStart(this.#shape, start) : '');
    this.#first = undefined;
    this.start = start;
    return { usage, outputMissing, responseId, tier: sum.reported?.tier ?? '', toolCalls: toolCalls.total() };
  }

  output(): Output {
    const bytes = this.#unreported;
    this.#unreported = undefined;
    return bytes ? this.#outputOf(bytes) : noOutput;
  }

  #outputOf(bytes: Buffer): Output {
    this.#output ??= outputOfJson(this.#shape, bytes);
    return this.#output;
  }

  /** Whether output may be there of which nothing was reported; a reported 0 beside output is no report. */
  #mayHaveOutput(bytes: Buffer, sum: UsageSum, complete: boolean): boolean {
    if (sum.reported?.outputTokens === 0) return hasOutput(this.#outputOf(bytes));
    return !complete || this.#isArray || bytes.includes(this.#shape.outputKey);
  }

  /** Whether the rest of the response may report more: the tier stands before the usage in some. */
  #mayAdd(sum: UsageSum, bytes: Buffer): boolean {
    const { needle, tierNeedle } = this.#shape;
    if (!bytes.includes(needle)) return false;
    if (!sum.complete) return true;
    return tierNeedle !== undefined && sum.reported?.tier === undefined && bytes.includes(tierNeedle);
  }

  #search(bytes: Buffer, whole: boolean, sum: UsageSum, toolCalls: ToolCallSum): void {
    if (!whole) sum.addOlder(readFromEnd(this.#shape, bytes, this.#isArray ? 2 : 1));
    else {
      for (const response of this.#parse(bytes).toReversed()) {
        const object = asObject(response);
        if (!object) continue;
        if (this.#shape.toolCalls) toolCalls.add(this.#shape.toolCalls.read(object));
        if (!(this.#isArray && sum.complete)) sum.addOlder(this.#shape.read(object));
      }
    }
  }

  #parse(bytes: Buffer): readonly unknown[] {
    const parsed = parseLoosely(bytes);
    if (Array.isArray(parsed)) return parsed;
    if (parsed !== undefined || !this.#isArray) return [parsed];
    return wholeElements(bytes).map(({ start, end }) => parseLoosely(bytes.subarray(start, end)));
  }
}
