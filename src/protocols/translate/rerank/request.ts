/** Reads and writes requests that rerank documents, for upstreams of another form. Pure. */
import type { RerankApi } from '../../../domain/channel-options.ts';
import { HalleyError } from '../../../platform/errors.ts';
import type { JsonObject } from '../../protocol.ts';
import { booleanOf, defined, isPlainObject, malformed } from '../json.ts';

export const rerankTitles: Readonly<Record<RerankApi, string>> = {
  jina: "Jina's rerank API",
  cohere: "Cohere's rerank API",
  voyage: "Voyage's rerank API",
};

export interface RerankForm {
  readonly query: string;
  readonly documents: readonly string[];
  /** Undefined = all. */
  readonly topN: number | undefined;
  readonly returnsDocuments: boolean;
  readonly maxTokensPerDoc: number | undefined;
}

/** `top_k` is Voyage's name of `top_n`. The others only say how much of a document is read. */
const known: ReadonlySet<string> = new Set([
  ...['model', 'query', 'documents', 'top_n', 'top_k', 'return_documents', 'rank_fields'],
  ...['max_tokens_per_doc', 'max_chunks_per_doc', 'stream'],
]);

/** Fields that are neither known nor empty. They may change the meaning. */
export function unknownIn(body: JsonObject): readonly string[] {
  return Object.keys(body).filter((name) => !known.has(name) && body[name] !== null);
}

/** @throws HalleyError('invalid_body') naming the field that is malformed or cannot be expressed as text */
export function readRerank(body: JsonObject): RerankForm {
  if (typeof body.query !== 'string') throw malformed('query', 'a text for this model');
  const fields = rankFieldsIn(body);
  const documents = Array.isArray(body.documents) ? body.documents : [];
  return {
    query: body.query,
    documents: documents.map((document, index) => documentText(document, fields, index)),
    topN: wholeIn(body, 'top_n') ?? wholeIn(body, 'top_k'),
    returnsDocuments: booleanOf(body.return_documents) ?? false,
    maxTokensPerDoc: wholeIn(body, 'max_tokens_per_doc'),
  };
}

function wholeIn(body: JsonObject, name: string): number | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw malformed(name, 'a whole number above 0');
}

function rankFieldsIn({ rank_fields: fields }: JsonObject): readonly string[] {
  if (fields === undefined || fields === null) return ['text'];
  if (Array.isArray(fields) && fields.length > 0 && fields.every((field) => typeof field === 'string'))
    return fields;
  throw malformed('rank_fields', 'a list of names of fields');
}

/** One line for each ranked field, with its name; the text alone where that is all (Cohere: "structured documents"). */
function documentText(document: unknown, fields: readonly string[], index: number): string {
  if (typeof document === 'string') return document;
  const named = isPlainObject(document)
    ? fields.flatMap((field) => (Object.hasOwn(document, field) ? [[field, document[field]] as const] : []))
    : [];
  if (named.length === 0 || (fields.length === 1 && typeof named[0]?.[1] !== 'string')) {
    const param = `documents[${index}]`;
    const message = `"${param}" must be a text, or an object with "${fields.join('" or "')}".`;
    throw new HalleyError('invalid_body', { message, param });
  }
  const texts = named.map(([, value]) => (typeof value === 'string' ? value : JSON.stringify(value)));
  if (fields.length === 1) return texts.join('');
  return named.map(([field], at) => `${field}: ${texts[at] ?? ''}`).join('\n');
}

/** @param model the upstream's name of it */
export function writeRerank(
  { query, documents, topN, maxTokensPerDoc }: RerankForm,
  model: string,
  api: RerankApi,
): JsonObject {
  switch (api) {
    case 'cohere':
      return defined({ model, query, documents, top_n: topN, max_tokens_per_doc: maxTokensPerDoc });
    case 'voyage':
      return defined({ model, query, documents, top_k: topN });
    case 'jina':
      // Without this Jina's own API returns the documents.
      return defined({ model, query, documents, top_n: topN, return_documents: false });
  }
}
