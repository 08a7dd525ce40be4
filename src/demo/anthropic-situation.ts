/** Reads what an Anthropic request asks, and refuses thoughts that did not come back as they were. Pure. */
import { arrayAt, BadRequest, type Fields, fieldsAt, isFields, textOf } from './fields.ts';
import type { Situation } from './script.ts';
import { signedThought } from './signature.ts';

const blocksOf = ({ content }: Fields) => (Array.isArray(content) ? content.filter(isFields) : []);

/** @throws BadRequest for altered or missing thinking blocks */
export function situationOf(body: Fields, messages: readonly Fields[]): Situation {
  const wantsReasoning = ['enabled', 'adaptive'].includes(String(fieldsAt(body, 'thinking').type));
  checkThinking(messages, wantsReasoning);
  const last = messages.findLast(({ role }) => role === 'user') ?? {};
  const results = blocksOf(last).filter(({ type }) => type === 'tool_result');
  const choice = fieldsAt(body, 'tool_choice');
  return {
    model: String(body.model),
    userText: textOf(last.content),
    results: results.map(({ content }) => textOf(content)),
    tools: arrayAt(body, 'tools')
      .filter(isFields)
      .map((tool) => ({ name: String(tool.name), schema: fieldsAt(tool, 'input_schema') })),
    choice: choiceOf(choice),
    isSerial: choice.disable_parallel_tool_use === true,
    wantsReasoning,
  };
}

/** By default the summary of a thought is shown, as older models do. */
export function isThinkingShown(body: Fields): boolean {
  return fieldsAt(body, 'thinking').display !== 'omitted';
}

function choiceOf({ type, name }: Fields): Situation['choice'] {
  if (type === 'tool') return { name };
  return type === 'any' || type === 'none' ? type : 'auto';
}

/** https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking#preserving-thinking-blocks */
function checkThinking(messages: readonly Fields[], thinks: boolean): void {
  for (const block of messages.flatMap(blocksOf)) {
    const isForged = block.type === 'thinking' && signedThought(block.signature) !== block.thinking;
    if (isForged) throw new BadRequest('messages: Invalid `signature` in `thinking` block');
  }
  const last = messages.findLast(({ role }) => role === 'assistant');
  const [first, ...others] = last ? blocksOf(last) : [];
  const calls = [first, ...others].some((block) => block?.type === 'tool_use');
  if (thinks && calls && first?.type !== 'thinking') {
    throw new BadRequest('messages: Expected `thinking`, but found `tool_use`. It must come back unchanged.');
  }
}
