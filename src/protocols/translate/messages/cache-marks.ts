/** Keeps the marks of the prompt cache within what the API takes, and adds one where there is none (section 6). */
import type { ChannelOptions } from '../../../domain/channel-options.ts';
import type { JsonObject } from '../../protocol.ts';
import { isPlainObject, objectsIn } from '../json.ts';
import type { Losses } from '../losses.ts';

/** Over tools, instructions and messages together. */
const marksMax = 4;

/**
 * The last marks count most: each covers what is before it. The prefix is tools, system, messages.
 * @param options says whether to add the mark that moves with the end of the conversation [TA MessageCreateParams]
 */
export function withCacheMarks(
  body: JsonObject,
  { adds_cache_marks: ttl }: ChannelOptions,
  losses: Losses,
): JsonObject {
  const lists = [body.tools, body.system, ...objectsIn(body.messages).map(({ content }) => content)];
  const marks = lists.flatMap(marksIn);
  if (marks.length === 0 && ttl !== undefined) return { ...body, cache_control: { type: 'ephemeral', ttl } };
  return marks.length > marksMax ? withoutMarks(body, marks.slice(0, -marksMax), losses) : body;
}

function withoutMarks(body: JsonObject, excess: readonly JsonObject[], losses: Losses): JsonObject {
  losses.drop('cache_control');
  const marks = new Set(excess);
  return {
    ...body,
    ...(Array.isArray(body.tools) && { tools: unmarked(body.tools, marks) }),
    ...(Array.isArray(body.system) && { system: unmarked(body.system, marks) }),
    messages: objectsIn(body.messages).map((message) => ({
      ...message,
      content: unmarked(message.content, marks),
    })),
  };
}

/** The marks of a list of blocks, in order: what is inside a result comes before the end of it. */
function marksIn(list: unknown): readonly JsonObject[] {
  return objectsIn(list).flatMap(({ content, cache_control }) => [
    ...marksIn(content),
    ...(isPlainObject(cache_control) ? [cache_control] : []),
  ]);
}

function unmarked(list: unknown, marks: ReadonlySet<unknown>): unknown {
  if (!Array.isArray(list)) return list;
  return objectsIn(list).map((block) => {
    const kept = Array.isArray(block.content)
      ? { ...block, content: unmarked(block.content, marks) }
      : { ...block };
    if (!marks.has(block.cache_control)) return kept;
    const { cache_control: _, ...rest } = kept as JsonObject;
    return rest;
  });
}
