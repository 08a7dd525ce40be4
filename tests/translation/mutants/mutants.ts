/** Faults of translation, each made in a copy of the code, and the features of the matrix that must reveal it. */
import type { Edit } from '../../support/mutants.ts';

export interface Mutant {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Names of features. */
  readonly features: readonly [string, ...string[]];
}

/** @param change an expression of the request `r`, in the internal form */
const request = (change: string): Edit => ({
  mark: 'a translated request',
  part: 'declarations.0.init',
  with: (of) => `((r) => (${change}))(${of('declarations.0.init')})`,
});
/** @param change an expression of one part `p` of a turn `t`: what it becomes, as a list */
const parts = (change: string): Edit =>
  request(`{ ...r, turns: r.turns.map((t) => ({ ...t, parts: t.parts.flatMap((p) => ${change}) })) }`);
/** @param change an expression of one event `e`: what it becomes, as a list */
const events = (change: string): Edit => ({
  mark: 'the events of a translated response',
  part: 'right',
  with: `events.flatMap((e): any => ${change})`,
});
const ending = (reason: string): Edit =>
  events(`e.type === 'end' && e.reason === '${reason}' ? [{ ...e, reason: 'stop' }] : [e]`);

export const mutants: readonly Mutant[] = [
  {
    name: 'usage is reported wrongly',
    edits: [
      events(
        `e.type === 'usage' ? [{ ...e, usage: { ...e.usage, inputTokens: e.usage.inputTokens + 1 } }] : [e]`,
      ),
    ],
    features: ['text, usage, exact charge'],
  },
  {
    name: 'only the last turn is sent',
    edits: [request('{ ...r, turns: r.turns.slice(-1) }')],
    features: ['several turns'],
  },
  {
    name: 'opening instructions are lost',
    edits: [request(`{ ...r, turns: r.turns.filter((t, at) => at > 0 || t.role === 'user') }`)],
    features: ['system first'],
  },
  {
    name: 'later instructions are said by the assistant',
    edits: [
      request(`{ ...r, turns: r.turns.map((t, at): any =>
        at > 0 && t.role !== 'user' ? { ...t, role: 'assistant' } : t) }`),
    ],
    features: ['instructions in the middle'],
  },
  {
    name: 'stop sequences are lost',
    edits: [request('{ ...r, stop: [] }')],
    features: ['stop sequences'],
  },
  { name: 'a cut response seems complete', edits: [ending('length')], features: ['length'] },
  {
    name: 'a refusal seems a response',
    edits: [
      events(`e.type === 'end' && e.reason === 'refusal' ? [{ type: 'end', reason: 'stop' }] :
        e.type === 'part-start' && e.part.kind === 'refusal' ? [{ ...e, part: { kind: 'text' } }] : [e]`),
    ],
    features: ['refusal'],
  },
  {
    name: 'results are emptied',
    edits: [parts(`p.kind === 'tool-result' ? [{ ...p, parts: [] }] : [p]`)],
    features: ['tools: two steps'],
  },
  {
    name: 'only the last result of a turn is sent',
    edits: [parts(`p.kind === 'tool-result' && p !== t.parts.at(-1) ? [] : [p]`)],
    features: ['tools: parallel'],
  },
  {
    name: 'several calls are allowed',
    edits: [request('{ ...r, parallelToolCalls: undefined }')],
    features: ['tools: one at a time'],
  },
  {
    name: 'the choice of tools is lost',
    edits: [request('{ ...r, toolChoice: undefined }')],
    features: ['tools: forced', 'tools: forbidden'],
  },
  {
    name: 'ids are passed on as they are',
    edits: [{ mark: 'ids that every provider accepts', part: 'argument', with: 'id' }],
    features: ['tools: ids of servers'],
  },
  {
    name: 'the schema of the output is lost',
    edits: [request('{ ...r, output: undefined }')],
    features: ['structured output'],
  },
  {
    name: 'images are lost',
    edits: [parts(`p.kind === 'image' ? [] : [p]`)],
    features: ['image', 'image by URL'],
  },
  {
    name: 'images of tools are lost',
    edits: [
      parts(`p.kind === 'tool-result' ? [{ ...p, parts: p.parts.filter((x) => x.kind === 'text') }] : [p]`),
    ],
    features: ['image of a tool'],
  },
  { name: 'files are lost', edits: [parts(`p.kind === 'file' ? [] : [p]`)], features: ['PDF'] },
  {
    name: 'thinking is not asked for',
    edits: [request('{ ...r, reasoning: undefined }')],
    features: ['thinking is shown'],
  },
  {
    name: 'thoughts are not carried back',
    edits: [
      parts(`p.kind === 'reasoning' ? [] : p.kind === 'tool-call' ? [{ ...p, carried: undefined }] : [p]`),
    ],
    features: ['thinking over two turns'],
  },
  {
    name: 'thoughts go to the upstream that serves the model',
    edits: [
      { mark: 'whose a carried text is', part: 'argument', with: '{ provider: own, blob }' },
      { mark: 'reasoning of others', with: 'const list = "none", within = "none";' },
    ],
    features: ['then models of all others'],
  },
  {
    name: "another provider's thoughts go to Gemini",
    edits: [{ mark: 'whose a carried text is', part: 'argument', with: `{ provider: 'gemini', blob }` }],
    features: ['then models of all others'],
  },
  {
    name: "another provider's thoughts go to chat completions",
    edits: [{ mark: 'whose reasoning chat takes', part: 'value.body.consequent', with: 'true' }],
    features: ['then models of all others'],
  },
  {
    name: 'the words of an error are lost',
    edits: [{ mark: 'an error of the upstream', part: 'argument', with: 'readUpstreamError(status, {})' }],
    features: ['error before the response'],
  },
  {
    name: 'a failed response ends cleanly',
    edits: [
      events(`e.type === 'error' ? [{ type: 'part-end', index: 0 }, { type: 'end', reason: 'stop' }] : [e]`),
    ],
    features: ['error in the stream', 'early close'],
  },
  {
    name: 'a deleted key keeps its requests',
    edits: [{ mark: 'a revocation aborts requests', part: 'argument', with: 'false' }],
    features: ['key deleted in the stream'],
  },
  {
    name: 'counts are lost',
    edits: [{ mark: 'a translated count', with: '' }],
    features: ['count tokens'],
  },
  {
    name: 'bytes are written anew',
    edits: [
      {
        mark: 'bytes of the client',
        part: 'argument',
        with: '[Buffer.from(JSON.stringify(JSON.parse(Buffer.concat([...body.segments]).toString())))]',
      },
    ],
    features: ['bytes untouched'],
  },
];
