/** What the mock providers say: decided by the last text of the conversation, the same in all protocols. */

export interface Scene {
  readonly text: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly args: object }[];
  readonly ending: 'stop' | 'length' | 'refusal';
}

export const usage = { input: 11, cached: 4, output: 7 } as const;

/** @param last the last text or tool results of the conversation */
export function sceneFor(last: string, hasTools: boolean): Scene {
  const say = (text: string, ending: Scene['ending'] = 'stop'): Scene => ({ text, calls: [], ending });
  if (last.startsWith('result:')) return say(`It is ${last.slice('result:'.length)}.`);
  if (hasTools && last.includes('two cities')) {
    return {
      text: '',
      calls: [
        { id: 'call_1', name: 'get_weather', args: { city: 'Paris' } },
        { id: 'call_2', name: 'get_weather', args: { city: 'Rome' } },
      ],
      ending: 'stop',
    };
  }
  if (hasTools && last.includes('weather')) {
    return {
      text: 'Let me look.',
      calls: [{ id: 'call_1', name: 'get_weather', args: { city: 'Paris' } }],
      ending: 'stop',
    };
  }
  if (last.includes('long')) return say('It is cut', 'length');
  if (last.includes('refuse')) return say('I cannot help with that.', 'refusal');
  if (last.includes('json')) return say('{"city":"Paris"}');
  return say(`You said: ${last}`);
}

/** A request that the provider would refuse; `reason` is what it would say. */
export class Refused extends Error {}

export function must(holds: boolean, reason: string): void {
  if (!holds) throw new Refused(reason);
}

export function onlyFields(body: object, known: readonly string[]): void {
  for (const name of Object.keys(body)) must(known.includes(name), `unknown field ${name}`);
}

export type Json = Readonly<Record<string, unknown>>;
export const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value : []);
