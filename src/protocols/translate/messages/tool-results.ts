/**
 * Puts the result of each tool call into the user message after it, and adds an error for each call that has none: the
 * API refuses calls without a result in the next message, and ids that occur twice (sections 3.1 and 3.4). Pure.
 */
import type { Part, TextPart, ToolCallPart, ToolResultPart } from '../form/request.ts';
import type { Losses } from '../losses.ts';
import { portableId } from '../tool-ids.ts';

/** Turns of one side in a row. `instructions` = those that stand among the user's turns. */
export interface Run {
  readonly isAssistant: boolean;
  parts: Part[];
  instructions: TextPart[];
}

interface Call {
  /** The position of its run. */
  readonly run: number;
  /** The id that is sent. */
  readonly id: string;
  result: ToolResultPart | undefined;
}

/** Changes the runs. Those of the user may be empty afterwards. */
export function answerCalls(runs: Run[], losses: Losses): void {
  const calls = new Map<string, Call[]>();
  const used = new Set<string>();
  runs.forEach((run, index) => {
    run.parts = run.parts.flatMap((part): Part[] => {
      if (part.kind === 'tool-call') return [addCall(part, index, calls, used)];
      if (part.kind === 'tool-result') addResult(part, calls, losses);
      return part.kind === 'tool-result' ? [] : [part];
    });
  });
  const wanted = [...calls.values()].flat();
  for (let index = runs.length - 1; index >= 0; index -= 1) {
    const results = wanted.filter(({ run }) => run === index).map(resultOf);
    if (results.length === 0) continue;
    const after = runs[index + 1];
    if (after) after.parts = [...inCallOrder(runs[index], results), ...after.parts];
    else runs.push({ isAssistant: false, parts: [...inCallOrder(runs[index], results)], instructions: [] });
  }
}

function addCall(
  part: ToolCallPart,
  run: number,
  calls: Map<string, Call[]>,
  used: Set<string>,
): ToolCallPart {
  const same = calls.get(part.id) ?? [];
  const plain = portableId(part.id);
  // Some servers count their ids from 0 in each turn.
  const id = used.has(plain) ? portableId(`${part.id}:${same.length}`) : plain;
  used.add(id);
  calls.set(part.id, [...same, { run, id, result: undefined }]);
  return { ...part, id };
}

/** The result belongs to the latest run that has the call, and there to the first such call without one. */
function addResult(part: ToolResultPart, calls: ReadonlyMap<string, readonly Call[]>, losses: Losses): void {
  const same = calls.get(part.callId);
  if (!same) {
    const advice = `No assistant message before it has the call "${part.callId.slice(0, 64)}". Send the call too, or leave the result out.`;
    throw losses.impossible('messages', advice);
  }
  const open = same.filter(({ result }) => result === undefined);
  const run = open.at(-1)?.run;
  const call = open.find((candidate) => candidate.run === run);
  if (call) call.result = part;
  else losses.drop('messages');
}

function resultOf({ id, result }: Call): ToolResultPart {
  if (result) return { ...result, callId: id };
  const text = 'There is no result: the call was cancelled or its result was not kept.';
  return { kind: 'tool-result', callId: id, name: undefined, isError: true, parts: [{ kind: 'text', text }] };
}

function inCallOrder(run: Run | undefined, results: readonly ToolResultPart[]): readonly ToolResultPart[] {
  const byId = new Map(results.map((result) => [result.callId, result]));
  return (run?.parts ?? []).flatMap((part) => (part.kind === 'tool-call' ? (byId.get(part.id) ?? []) : []));
}
