/** Where each protocol shows the calls of hosted tools. Pure. Names are those of the providers' API references. */
import type { JsonObject } from '../protocol.ts';
import { objectsOf } from './text-parts.ts';
import type { ToolCallReport, ToolCallShape } from './tool-calls.ts';
import { asObject, countOf } from './usage-shape.ts';

/** The usage reports what is charged; a stream that breaks off before it still shows the results. */
export const anthropicToolCalls: ToolCallShape = {
  needle: Buffer.from('web_search_'),
  read(object) {
    const usage = asObject(asObject(object.message)?.usage) ?? asObject(object.usage);
    const charged = countOf(asObject(usage?.server_tool_use)?.web_search_requests);
    if (charged !== undefined) return [{ of: 'bill', calls: { webSearches: charged } }];
    const block = asObject(object.content_block);
    // The content of a search that failed is an object.
    const isSearch = block?.type === 'web_search_tool_result' && Array.isArray(block.content);
    return isSearch ? [{ of: 'call', calls: { webSearches: 1 } }] : [];
  },
};

/** Google charges models before Gemini 3 for the request, later ones for each query that differs. */
export const geminiToolCalls: ToolCallShape = {
  needle: Buffer.from('webSearchQueries"'),
  read({ candidates, modelVersion }) {
    const queries = objectsOf(candidates).flatMap((candidate) => {
      const found = asObject(candidate.groundingMetadata)?.webSearchQueries;
      return Array.isArray(found) ? found.filter((query) => query !== '') : [];
    });
    if (queries.length === 0) return [];
    const isByRequest = typeof modelVersion === 'string' && /^gemini-[12]\b/.test(modelVersion);
    return [{ of: 'response', calls: { webSearches: isByRequest ? 1 : new Set(queries).size } }];
  },
};

/** Models that search do so once for a response, and show it by their citations alone. */
export const chatToolCalls: ToolCallShape = {
  needle: Buffer.from('url_citation"'),
  read({ choices }) {
    const hasSearched = objectsOf(choices).some((choice) =>
      objectsOf(asObject(choice.message ?? choice.delta)?.annotations).some(
        ({ type }) => type === 'url_citation',
      ),
    );
    return hasSearched ? [{ of: 'response', calls: { webSearches: 1 } }] : [];
  },
};

/** Responses shows calls as items of its output, and in some responses what is charged of searches. */
export const responsesToolCalls: ToolCallShape = {
  // Calls of a client's functions hold it too.
  needle: Buffer.from('_call"'),
  read(object) {
    const item = object.type === 'response.output_item.done' ? asObject(object.item) : undefined;
    if (item) return [{ of: 'call', calls: callsOf([item]) }];
    const response = asObject(object.response) ?? object;
    const charged = countOf(asObject(asObject(response.tool_usage)?.web_search)?.num_requests);
    const bill: ToolCallReport = { of: 'bill', calls: { webSearches: charged ?? 0 } };
    const shown: ToolCallReport = { of: 'response', calls: callsOf(objectsOf(response.output)) };
    return charged === undefined ? [shown] : [shown, bill];
  },
};

/** Opening a page that was found is no search. All code of a response runs in one container. */
function callsOf(items: readonly JsonObject[]) {
  const done = items.filter(({ status }) => status !== 'failed');
  const isSearch = ({ type, action }: JsonObject) =>
    type === 'web_search_call' && (asObject(action)?.type ?? 'search') === 'search';
  return {
    webSearches: done.filter(isSearch).length,
    fileSearches: done.filter(({ type }) => type === 'file_search_call').length,
    codeSessions: done.some(({ type }) => type === 'code_interpreter_call') ? 1 : 0,
  };
}
