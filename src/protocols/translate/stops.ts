/**
 * Stop sequences that an upstream does not take: the gateway cuts the response at them. The upstream goes on to its own
 * end, so that what it reports is what it made. Facts, section 8. Pure.
 */
import { limits } from '../../platform/limits.ts';
import type {
  ChoiceEnd,
  PartDeltaEvent,
  PartEndEvent,
  ResponseEvent,
  TokenLogprob,
} from './form/response.ts';
import type { Losses } from './losses.ts';
import type { EventStep, StopRule } from './parts.ts';

export interface SplitStops {
  readonly sent: readonly string[];
  /** Those at which the gateway cuts. */
  readonly cut: readonly string[];
}

/** @throws HalleyError('invalid_body') by `losses`, for more than the gateway cuts at */
export function splitStops(stops: readonly string[], rule: StopRule, losses: Losses): SplitStops {
  const given = [...new Set(stops)].filter((stop) => stop !== '');
  if (given.length < stops.length) losses.drop('stop');
  const { max, takes = () => true } = rule;
  const sent = given.filter(takes).slice(0, max);
  const left = given.filter((stop) => !sent.includes(stop));
  const short = left.filter(({ length }) => length <= limits.cut_stop_chars_max);
  const cut = short.slice(0, limits.cut_stops_max);
  if (cut.length < left.length) {
    const most = `${limits.cut_stops_max} of up to ${limits.cut_stop_chars_max} characters`;
    losses.refuse('stop', `The gateway stops at the ones that it does not take, which may be ${most}.`);
  }
  return { sent, cut };
}

/** @param stops none empty */
export function cutAtStops(stops: readonly string[]): EventStep {
  const cutters = new Map<number, ChoiceCutter>();
  const cutterOf = (choice = 0): ChoiceCutter => {
    const known = cutters.get(choice) ?? new ChoiceCutter(stops);
    cutters.set(choice, known);
    return known;
  };
  const endOf = <End extends ChoiceEnd>(end: End): End => cutterOf(end.choice).endOf(end);
  return (event): readonly ResponseEvent[] => {
    switch (event.type) {
      case 'part-start': {
        const cutter = cutterOf(event.choice);
        return cutter.begin(event.part.kind === 'text') ? [event] : [];
      }
      case 'part-delta':
        return cutterOf(event.choice).delta(event);
      case 'part-end':
        return cutterOf(event.choice).end(event);
      case 'end':
        return [{ ...endOf(event), ...(event.others && { others: event.others.map(endOf) }) }];
      default:
        return [event];
    }
  };
}

class ChoiceCutter {
  readonly #stops: readonly string[];
  #stopped: string | undefined;
  #isText = false;
  /** Whether the part that is open has begun for the client. */
  #isShown = false;
  /** The end of the text so far: a stop sequence may begin with it. */
  #held = '';
  /** Of the open part: characters of its text that were shown, and of the tokens beside them. */
  #shownChars = 0;
  #tokenChars = 0;
  #tokens: TokenLogprob[] = [];

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  /** @returns whether the client gets the part */
  begin(isText: boolean): boolean {
    this.#isText = isText;
    this.#isShown = this.#stopped === undefined;
    [this.#held, this.#shownChars, this.#tokenChars, this.#tokens] = ['', 0, 0, []];
    return this.#isShown;
  }

  delta(event: PartDeltaEvent): readonly PartDeltaEvent[] {
    if (this.#stopped !== undefined) return [];
    if (!this.#isText) return [event];
    for (const token of event.logprobs ?? []) this.#tokens.push(token);
    const text = this.#held + event.text;
    const match = firstMatch(text, this.#stops);
    this.#stopped = match?.stop;
    const shown = match ? match.start : text.length - heldChars(text, this.#stops);
    this.#held = text.slice(shown);
    return this.#show(event, text.slice(0, shown));
  }

  end(event: PartEndEvent): readonly ResponseEvent[] {
    if (!this.#isShown) return [];
    this.#isShown = false;
    if (this.#stopped !== undefined) {
      const { citations = [] } = event;
      return [{ ...event, citations: citations.filter(({ end }) => end <= this.#shownChars) }];
    }
    const { index, choice } = event;
    const rest = { type: 'part-delta', index, text: this.#held, ...(choice && { choice }) } as const;
    return [...this.#show(rest, this.#held, this.#tokens), event];
  }

  endOf<End extends ChoiceEnd>(end: End): End {
    if (this.#stopped === undefined) return end;
    return { ...end, reason: 'stop-sequence', stopSequence: this.#stopped };
  }

  /** @param tokens beside it; where there are none given, those that the text holds whole */
  #show(
    event: PartDeltaEvent,
    text: string,
    tokens: readonly TokenLogprob[] = this.#tokensWithin(text.length),
  ): readonly PartDeltaEvent[] {
    this.#shownChars += text.length;
    if (text === '' && tokens.length === 0) return [];
    return [{ ...event, text, ...(tokens.length > 0 ? { logprobs: tokens } : { logprobs: undefined }) }];
  }

  #tokensWithin(chars: number): readonly TokenLogprob[] {
    let count = 0;
    for (const { token } of this.#tokens) {
      if (this.#tokenChars + token.length > this.#shownChars + chars) break;
      this.#tokenChars += token.length;
      count += 1;
    }
    return this.#tokens.splice(0, count);
  }
}

/** The stop sequence that is complete first; of several the longest. */
function firstMatch(text: string, stops: readonly string[]) {
  let first: { readonly stop: string; readonly start: number; readonly end: number } | undefined;
  for (const stop of stops) {
    const start = text.indexOf(stop);
    const end = start + stop.length;
    if (start === -1 || (first && (end > first.end || (end === first.end && start > first.start)))) continue;
    first = { stop, start, end };
  }
  return first;
}

/** The most characters at the end of a text with which a stop sequence begins. */
function heldChars(text: string, stops: readonly string[]): number {
  let most = 0;
  for (const stop of stops) {
    for (let chars = Math.min(stop.length - 1, text.length); chars > most; chars -= 1) {
      if (text.endsWith(stop.slice(0, chars))) most = chars;
    }
  }
  return most;
}
