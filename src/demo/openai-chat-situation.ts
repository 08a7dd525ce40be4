/** Reads what a chat completion request asks. Pure. */
import { arrayAt, type Fields, fieldsAt, isFields, textOf } from './fields.ts';
import type { Situation } from './script.ts';

export function situationOf(body: Fields, messages: readonly Fields[]): Situation {
  const spoken = messages.findLastIndex(({ role }) => role !== 'tool');
  const effort = body.reasoning_effort ?? 'none';
  return {
    model: String(body.model),
    userText: textOf(messages.findLast(({ role }) => role === 'user')?.content),
    results: messages.slice(spoken + 1).map(({ content }) => textOf(content)),
    tools: arrayAt(body, 'tools')
      .filter(isFields)
      .map((tool) => fieldsAt(tool, 'function'))
      .map((tool) => ({ name: String(tool.name), schema: fieldsAt(tool, 'parameters') })),
    choice: choiceOf(body.tool_choice),
    isSerial: body.parallel_tool_calls === false,
    wantsReasoning: effort !== 'none',
  };
}

function choiceOf(choice: unknown): Situation['choice'] {
  if (isFields(choice) && choice.type === 'function') return { name: fieldsAt(choice, 'function').name };
  if (choice === 'required') return 'any';
  return choice === 'none' ? 'none' : 'auto';
}
