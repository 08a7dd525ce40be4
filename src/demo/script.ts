/** Decides what the demo model thinks and says and which tools it calls, the same in all protocols. Pure. */
import { exampleOf } from './example.ts';
import { type Fields, isFields } from './fields.ts';

/** What a request asks, in the words of no protocol. */
export interface Situation {
  readonly model: string;
  /** The last text of the user. */
  readonly userText: string;
  /** Texts of the results that the request ends with. */
  readonly results: readonly string[];
  readonly tools: readonly DemoTool[];
  /** The tool that must be called; `any` means one of them, `none` that none may be. */
  readonly choice: 'auto' | 'any' | 'none' | { readonly name: unknown };
  /** Whether at most one call is wanted. */
  readonly isSerial: boolean;
  readonly wantsReasoning: boolean;
}

export interface DemoTool {
  readonly name: string;
  readonly schema: Fields;
}

export interface DemoCall {
  readonly name: string;
  readonly args: Fields;
}

export interface Script {
  readonly thought: string;
  /** Undefined means the usual reply. */
  readonly text: string | undefined;
  readonly calls: readonly DemoCall[];
}

/** Text in which calls are looked for: characters. */
const scannedCharsMax = 16_384;
const callsMax = 8;
/** Places at which an object may end that are tried. */
const endsMax = 64;
/** Of the results that are said again: characters. */
const resultCharsMax = 1000;

/** `demo-tools` calls tools and reports their results; `demo-thinking` thinks, as does any model that is asked to. */
export function scriptFor(situation: Situation): Script {
  const calls = callsFor(situation);
  return { thought: thoughtOf(situation, calls), text: textFor(situation, calls), calls };
}

function thoughtOf({ model, wantsReasoning, results }: Situation, calls: readonly DemoCall[]): string {
  if (!wantsReasoning && !model.startsWith('demo-thinking')) return '';
  if (calls.length > 0) return `The request needs ${namesOf(calls)}.`;
  return results.length > 0 ? 'The results are here, so the reply can be written.' : 'This needs no tool.';
}

function textFor({ model, results }: Situation, calls: readonly DemoCall[]): string | undefined {
  if (calls.length > 0) return `I call ${namesOf(calls)}.`;
  if (!model.startsWith('demo-tools') || results.length === 0) return undefined;
  return `The result is: ${results.join('\n').slice(0, resultCharsMax).toWellFormed()}`;
}

const namesOf = (calls: readonly DemoCall[]) => calls.map(({ name }) => name).join(' and ');

function callsFor(situation: Situation): readonly DemoCall[] {
  const { model, choice, results, tools, userText, isSerial } = situation;
  if (!model.startsWith('demo-tools') || choice === 'none' || results.length > 0) return [];
  const allowed = typeof choice === 'string' ? tools : tools.filter(({ name }) => name === choice.name);
  const asked = askedFor(userText.slice(0, scannedCharsMax), allowed);
  const calls =
    asked.length > 0 ? asked : allowed.slice(0, 1).map((tool) => ({ name: tool.name, args: argsFor(tool) }));
  return calls.slice(0, isSerial ? 1 : callsMax);
}

/** Each `call NAME` and `NAME {"some": "arguments"}` in the text, in its order. */
function askedFor(text: string, tools: readonly DemoTool[]): readonly DemoCall[] {
  const calls: DemoCall[] = [];
  for (const found of text.matchAll(/(call\s+)?([\w.:-]+)/gi)) {
    const [whole, verb, name] = found;
    const tool = tools.find((each) => each.name === name);
    if (!tool || calls.length === callsMax) continue;
    const args = objectAt(text.slice(found.index + whole.length));
    if (args) calls.push({ name: tool.name, args });
    else if (verb) calls.push({ name: tool.name, args: argsFor(tool) });
  }
  return calls;
}

/** The JSON object that the text begins with. */
function objectAt(text: string): Fields | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  let end = text.indexOf('}');
  for (let tried = 0; end >= 0 && tried < endsMax; tried += 1) {
    const value = parsed(text.slice(0, end + 1));
    if (isFields(value)) return value;
    end = text.indexOf('}', end + 1);
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function argsFor({ schema }: DemoTool): Fields {
  const made = exampleOf(schema);
  return isFields(made) ? made : {};
}
