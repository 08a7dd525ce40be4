/**
 * Reads usage and pictures out of the responses of image endpoints: whole ones, and streams of partial and completed
 * pictures. Names are those of OpenAI's API reference, and of Volcano Engine's where it has others.
 */

import { variantName } from '../../domain/rates.ts';
import { noToolCalls, noUsage } from '../../domain/usage.ts';
import { limits } from '../../platform/limits.ts';
import type { Piece } from '../events/piece.ts';
import { parseEvent } from '../events/server-sent-event.ts';
import type { JsonObject, ResponseForm, ResponseReport } from '../protocol.ts';
import { KeptJson } from './kept-json.ts';
import { imagesShape } from './openai-usage.ts';
import { objectsOf } from './text-parts.ts';
import { UnreadBytes } from './unread-bytes.ts';
import type { Output, UsageReader } from './usage-reader.ts';
import {
  addCounts,
  asObject,
  countOf,
  type PartialUsage,
  parseLoosely,
  parseOr,
  readFromEnd,
} from './usage-shape.ts';
import { UsageSum } from './usage-sum.ts';

/** What the parts of a response say, added up. */
class PictureSum {
  #images = 0;
  /** Stages of the picture that has not come whole. */
  #partialImages = 0;
  #reported: PartialUsage | undefined;
  #variant = '';

  /** @param object a response or an event, with its report */
  addReport(object: JsonObject): void {
    this.#variant = variantName(object.quality, object.size) || this.#variant;
    const report = withSvg(object);
    if (report) this.addUsage(report);
  }

  addUsage(report: PartialUsage): void {
    // Each completed picture of a stream reports its own tokens.
    this.#reported = this.#reported ? { ...report, ...addCounts(this.#reported, report) } : report;
  }

  addPictures(items: readonly JsonObject[]): void {
    const pictures = items.filter(isPicture);
    if (pictures.length === 0) return;
    this.#images += pictures.length;
    this.#partialImages = 0;
    const [first] = pictures;
    this.#variant ||= variantName(undefined, first?.size);
  }

  addPartial(): void {
    this.#partialImages += 1;
  }

  report(): ResponseReport {
    const sum = new UsageSum(imagesShape);
    sum.addOlder(this.#reported);
    const tokens = sum.total();
    const usage = tokens || this.#images > 0 ? { ...(tokens ?? noUsage), images: this.#images } : undefined;
    const { id: responseId = '', tier = '' } = this.#reported ?? {};
    const variant = this.#variant === '' ? {} : { variant: this.#variant };
    return { usage, outputMissing: false, responseId, tier, toolCalls: noToolCalls, ...variant };
  }

  output(): Output {
    return { text: '', images: this.#images, partialImages: this.#partialImages };
  }
}

/** Adds the tokens of the model that wrote an SVG, which stand beside those of the picture. */
function withSvg(object: JsonObject): PartialUsage | undefined {
  const report = imagesShape.read(object);
  const svg = asObject(object.svg_usage);
  if (!svg) return report;
  const beside = {
    inputTokens: countOf(svg.input_tokens) ?? 0,
    outputTokens: countOf(svg.output_tokens) ?? 0,
    reasoningTokens: countOf(svg.reasoning_tokens) ?? 0,
  };
  return { ...report, beside };
}

/** Whether the item has a picture, in it or as a link; some have an error in its place. */
function isPicture({ b64_json, url }: JsonObject): boolean {
  return [b64_json, url].some((value) => typeof value === 'string' && value !== '');
}

const wholeItem = /"(?:b64_json|url)"\s*:\s*"[^"]+"/g;
const begunItem = /"(?:b64_json|url)"\s*:\s*"[^"]*$/;

/** A response in one JSON text, kept without its base64 and parsed at the end. */
class WholePictures implements UsageReader {
  readonly #kept = new KeptJson(limits.usage_scan_bytes_max);
  readonly #sum = new PictureSum();

  push({ bytes }: Piece): void {
    this.#kept.push(bytes);
  }

  finish(): ResponseReport {
    const { bytes, whole } = this.#kept.take();
    const response = whole ? asObject(parseLoosely(bytes)) : undefined;
    if (response) {
      this.#sum.addReport(response);
      this.#sum.addPictures(objectsOf(response.data));
    } else this.#readBroken(bytes);
    return this.#sum.report();
  }

  /** Reads what is left of a response that broke off, or is too long to keep. */
  #readBroken(bytes: Buffer): void {
    const text = bytes.toString('latin1');
    this.#sum.addPictures((text.match(wholeItem) ?? []).map((url) => ({ url })));
    if (begunItem.test(text)) this.#sum.addPartial();
    const reported = readFromEnd(imagesShape, bytes, 1);
    if (reported) this.#sum.addUsage(reported);
  }

  output(): Output {
    return this.#sum.output();
  }
}

const partialType = /(?:^|\.)partial_image$/;

/** A stream of events. Each has one picture, one stage of a picture, or only a report. */
class StreamedPictures implements UsageReader {
  /** The event that comes in parts. */
  readonly #long = new KeptJson(limits.usage_scan_bytes_max);
  readonly #sum = new PictureSum();

  push(piece: Piece): void {
    if (piece.extent === 'events') {
      for (const event of piece.events()) this.#read(event);
      return;
    }
    this.#long.push(piece.bytes);
    if (piece.extent === 'last') this.#closeLong();
  }

  finish(): ResponseReport {
    this.#closeLong();
    return this.#sum.report();
  }

  output(): Output {
    return this.#sum.output();
  }

  #closeLong(): void {
    if (this.#long.length > 0) this.#read(this.#long.take().bytes);
  }

  #read(bytes: Buffer): void {
    const { data } = parseEvent(bytes, 'latin1');
    if (data === undefined) return;
    const event = asObject(parseOr(data));
    if (!event) {
      if (begunItem.test(data)) this.#sum.addPartial();
    } else if (typeof event.type === 'string' && partialType.test(event.type)) {
      if (isPicture(event)) this.#sum.addPartial();
    } else {
      this.#sum.addReport(event);
      this.#sum.addPictures([event]);
    }
  }
}

/** Counts pictures, and reads their size and quality, besides the usage that is reported. */
export function imagesUsageReader(form: ResponseForm): UsageReader {
  if (form === 'bytes') return new UnreadBytes();
  return form === 'sse' ? new StreamedPictures() : new WholePictures();
}
