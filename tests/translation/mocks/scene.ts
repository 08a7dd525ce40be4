/** What the mock providers say: decided by what they were asked, the same in all protocols. */

/** What a request asks for, in the words of no protocol. */
export interface Asked {
  /** All turns, such as `user: Hello there`, with the role that the provider sees. */
  readonly transcript: readonly string[];
  /** The text of the last message of the user. */
  readonly text: string;
  /** Texts of the results that the request ends with. */
  readonly results: readonly string[];
  /** Images and files of the last message, such as `image/png 1a2b3c4d`, or their URL. */
  readonly media: readonly string[];
  readonly hasTools: boolean;
  /** `none` = no tool may be called, `forced` = one must. */
  readonly choice: 'auto' | 'none' | 'forced';
  readonly isSerial: boolean;
  readonly thinks: boolean;
  /** Whether a thought of this provider came back with its signature. */
  readonly remembers: boolean;
  readonly wantsSchema: boolean;
  readonly stops: readonly string[];
}

export interface Scene {
  readonly thought: string;
  readonly text: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly args: object }[];
  readonly ending: 'stop' | 'length' | 'refusal';
  /** The stop sequence that matched. */
  readonly stopped: string | undefined;
}

export const usage = { input: 11, cached: 4, output: 7 } as const;

const silent: Scene = { thought: '', text: '', calls: [], ending: 'stop', stopped: undefined };
const thought = 'The user wants to know the weather.';

/** An id as real histories hold them (facts 3.1: picoclaw#289, llm-gateway#2756, pi#781). */
const oddId = `functions.get_weather:0|fc_${'0'.repeat(50)}`;
const callOf = (city: string, index: number) => ({
  id: `call_${index}`,
  name: 'get_weather',
  args: { city },
});

export function sceneFor(asked: Asked): Scene {
  const { text, results, remembers } = asked;
  if (results.length > 0) {
    return { ...silent, text: `It is ${results.join(', ')}${remembers ? ', as I thought' : ''}.` };
  }
  return calling(asked) ?? { ...silent, ...ending(asked), ...saying(asked, text) };
}

function calling({ text, hasTools, choice, isSerial, thinks }: Asked): Scene | undefined {
  if (!hasTools || choice === 'none') return undefined;
  const thinking = thinks ? { thought } : {};
  if (text.includes('two cities')) {
    return { ...silent, ...thinking, calls: (isSerial ? ['Paris'] : ['Paris', 'Rome']).map(callOf) };
  }
  if (text.includes('odd ids')) return { ...silent, calls: [{ ...callOf('Paris', 0), id: oddId }] };
  if (choice === 'forced') return { ...silent, ...thinking, calls: [callOf('Paris', 0)] };
  if (!text.includes('weather')) return undefined;
  return { ...silent, ...thinking, text: thinks ? '' : 'Let me look.', calls: [callOf('Paris', 0)] };
}

function ending({ text }: Asked): Pick<Scene, 'ending'> {
  if (text.includes('a long story')) return { ending: 'length' };
  return { ending: text.includes('refuse') ? 'refusal' : 'stop' };
}

function saying(asked: Asked, text: string): Partial<Scene> {
  if (text.includes('transcript')) return { text: asked.transcript.join('\n') };
  if (text.includes('a long story')) return { text: 'It is cut' };
  if (text.includes('refuse')) return { text: 'I cannot help with that.' };
  if (text.includes('count')) return counting(asked.stops);
  if (text.includes('city as data'))
    return { text: asked.wantsSchema ? '{"city":"Paris"}' : 'Paris, I think.' };
  if (asked.media.length > 0) return { text: `I see ${asked.media.join(' and ')}.` };
  if (asked.thinks) return { thought: 'A greeting.', text: `I thought of this: ${text}` };
  return { text: `You said: ${text}` };
}

function counting(stops: readonly string[]): Partial<Scene> {
  const all = 'one two three four five';
  const [stopped] = stops
    .filter((stop) => all.includes(stop))
    .sort((one, other) => all.indexOf(one) - all.indexOf(other));
  return stopped === undefined ? { text: all } : { text: all.slice(0, all.indexOf(stopped)), stopped };
}
