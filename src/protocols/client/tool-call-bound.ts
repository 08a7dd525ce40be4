/** How many calls of hosted tools a request allows. Pure. */
import { noToolCalls, type ToolCalls } from '../../domain/usage.ts';
import { limits } from '../../platform/limits.ts';
import type { JsonObject } from '../protocol.ts';
import { objectsOf } from '../usage/text-parts.ts';
import { naturalOf } from './numbers-set.ts';
import { valuesNamed } from './request-bound.ts';

type Allowed = Partial<ToolCalls>;

/** The tools of a request, by whichever spelling of their name. */
function toolsIn(body: JsonObject): readonly JsonObject[] {
  return valuesNamed(body, 'tools').flatMap(objectsOf);
}

function sum(all: readonly Allowed[]): ToolCalls {
  if (all.length === 0) return noToolCalls;
  const total = { ...noToolCalls };
  for (const { webSearches = 0, fileSearches = 0, codeSessions = 0 } of all) {
    total.webSearches += webSearches;
    total.fileSearches += fileSearches;
    total.codeSessions += codeSessions;
  }
  return total;
}

/** A model that searches does so once for a response, whether it is asked to by its name or by an option. */
export function chatToolCalls(body: JsonObject): ToolCalls {
  const isNamed = valuesNamed(body, 'model').some(
    (model) => typeof model === 'string' && model.includes('search'),
  );
  const isAsked = valuesNamed(body, 'web_search_options').length > 0;
  return isNamed || isAsked ? { ...noToolCalls, webSearches: 1 } : noToolCalls;
}

export function responsesToolCalls(body: JsonObject): ToolCalls {
  const most = callsMax(valuesNamed(body, 'max_tool_calls'));
  const allowed = toolsIn(body).flatMap(({ type }): readonly Allowed[] => {
    if (typeof type !== 'string') return [];
    if (type.startsWith('web_search')) return [{ webSearches: most }];
    if (type === 'file_search') return [{ fileSearches: most }];
    return type === 'code_interpreter' ? [{ codeSessions: 1 }] : [];
  });
  return sum(allowed);
}

export function messagesToolCalls(body: JsonObject): ToolCalls {
  const isSearch = ({ type }: JsonObject) => typeof type === 'string' && type.startsWith('web_search');
  return sum(
    toolsIn(body)
      .filter(isSearch)
      .map((tool) => ({ webSearches: callsMax([tool.max_uses]) })),
  );
}

const geminiSearches = [
  'googlesearch',
  'google_search',
  'googlesearchretrieval',
  'google_search_retrieval',
  'enterprisewebsearch',
  'enterprise_web_search',
];

export function geminiToolCalls(body: JsonObject): ToolCalls {
  const searches = toolsIn(body).flatMap((tool) => valuesNamed(tool, ...geminiSearches));
  return sum(searches.slice(0, 1).map(() => ({ webSearches: limits.hosted_tool_calls })));
}

/** What a client allows, by the largest number that it wrote. */
function callsMax(values: readonly unknown[]): number {
  const allowed = values.flatMap((value) => naturalOf(value) ?? []);
  return allowed.length === 0 ? limits.hosted_tool_calls : Math.min(Math.max(...allowed), callsCap);
}

/** Beyond any request. */
const callsCap = 1_000_000;
