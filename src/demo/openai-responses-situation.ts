/** Reads what a Responses request asks, and refuses reasoning that did not come back as it was. Pure. */
import { arrayAt, BadRequest, type Fields, fieldsAt, isFields, textOf } from './fields.ts';
import type { Situation } from './script.ts';
import { signedThought } from './signature.ts';

/** @throws BadRequest for altered reasoning items */
export function situationOf(body: Fields, items: readonly Fields[]): Situation {
  for (const { type, encrypted_content } of items) {
    if (type !== 'reasoning' || encrypted_content === undefined || encrypted_content === null) continue;
    if (signedThought(encrypted_content) === undefined) {
      throw new BadRequest('The encrypted content could not be verified (invalid_encrypted_content).');
    }
  }
  const spoken = items.findLastIndex(({ type }) => type !== 'function_call_output');
  const { effort = 'none' } = fieldsAt(body, 'reasoning');
  return {
    model: String(body.model),
    userText: textOf(items.findLast(({ role }) => role === 'user')?.content),
    results: items.slice(spoken + 1).map(({ output }) => textOf(output)),
    tools: arrayAt(body, 'tools')
      .filter(isFields)
      .filter(({ type }) => type === 'function')
      .map((tool) => ({ name: String(tool.name), schema: fieldsAt(tool, 'parameters') })),
    choice: choiceOf(body.tool_choice),
    isSerial: body.parallel_tool_calls === false,
    wantsReasoning: (effort !== 'none' && effort !== null) || isSummaryWanted(body),
  };
}

export function isSummaryWanted(body: Fields): boolean {
  const { summary = null } = fieldsAt(body, 'reasoning');
  return summary !== null && summary !== 'none';
}

function choiceOf(choice: unknown): Situation['choice'] {
  if (isFields(choice) && choice.type === 'function') return { name: choice.name };
  if (choice === 'required') return 'any';
  return choice === 'none' ? 'none' : 'auto';
}
