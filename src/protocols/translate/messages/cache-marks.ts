/** Keeps the marks of the prompt cache within what the API takes (section 6). */
import type { JsonObject } from '../../protocol.ts';
import { isPlainObject, objectsIn } from '../json.ts';
import type { Losses } from '../losses.ts';

/** Over tools, instructions and messages together. */
const marksMax = 4;

/** The last marks count most: each covers what is before it. The prefix is tools, system, messages. */
export function keepCacheMarks(body: JsonObject, losses: Losses): JsonObject {
  const lists = [body.tools, body.system, ...objectsIn(body.messages).map(({ content }) => content)];
  const excess = lists.flatMap(marksIn).slice(0, -marksMax);
  if (excess.length === 0) return body;
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
