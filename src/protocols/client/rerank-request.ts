/** What requests that rerank documents may use. Pure. */
import { noPieces, noToolCalls, noUsage } from '../../domain/usage.ts';
import type { JsonObject, RequestBound } from '../protocol.ts';
import { type RequestReading, textBound } from './request-bound.ts';

/** A search unit is one query with up to 100 documents. A longer document counts once for every 500 tokens with the query. */
const documentsPerUnit = 100;
const chunkTokens = 500;
/** A longer query is cut, so that some of each document is read with it. */
const queryTokensMax = 250;
/** Marks around each pair of query and document. */
const pairTokens = 4;
const bytesPerToken = 4;

/** Bytes of a query or document as UTF-8; of what is no text, of its JSON. */
function bytesIn(value: unknown): number {
  return Buffer.byteLength(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
}

function documentsIn({ documents }: JsonObject): readonly unknown[] {
  return Array.isArray(documents) ? documents : [];
}

/** @param perToken bytes that one token has */
function searchUnitsOf(queryBytes: number, documents: readonly number[], perToken: number): number {
  const query = Math.min(queryTokensMax, Math.ceil(queryBytes / perToken));
  const room = chunkTokens - query;
  const chunks = documents.reduce((sum, bytes) => sum + Math.max(1, Math.ceil(bytes / perToken / room)), 0);
  return Math.max(1, Math.ceil(chunks / documentsPerUnit));
}

/** The query is read again with each document, so its tokens count as often (Voyage, Jina: "total_tokens"). */
function rerankBound(body: JsonObject, bodyBytes: number): RequestBound {
  const queryBytes = bytesIn(body.query);
  const documents = documentsIn(body).map(bytesIn);
  const repeated = queryBytes * Math.max(0, documents.length - 1) + pairTokens * documents.length;
  const read = documents.reduce((sum, bytes) => sum + bytes, queryBytes * documents.length);
  const { inputTokens, mediaTokens } = textBound(bodyBytes + repeated);
  return {
    inputTokens,
    mediaTokens,
    outputTokens: 0,
    choices: 1,
    pieces: { ...noPieces, searchUnits: searchUnitsOf(queryBytes, documents, 1) },
    tiers: [],
    toolCalls: noToolCalls,
    unreported: {
      isExact: false,
      usage: {
        ...noUsage,
        inputTokens: Math.ceil(read / bytesPerToken),
        searchUnits: searchUnitsOf(queryBytes, documents, bytesPerToken),
      },
    },
  };
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');

export const rerankRequest: RequestReading = {
  bound: rerankBound,
  text(body) {
    const documents = documentsIn(body);
    return {
      text: [body.query, ...documents].map(textOf).join('\n'),
      extraTokens: bytesIn(body.query) * Math.max(0, documents.length - 1) + pairTokens * documents.length,
    };
  },
};
