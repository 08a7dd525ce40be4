/** The demo's reranking, in Jina's form and Cohere's: documents score by the words that they share with the query. Pure. */
import { embed } from './embedding.ts';
import { arrayAt, BadRequest, type Fields, textOf, wholeAt } from './fields.ts';
import { type DemoContext, type DemoReply, jsonReply } from './reply.ts';
import { countTokens } from './tokens.ts';

const dimensions = 1024;
const documentsPerUnit = 100;

function rankingOf(body: Fields) {
  const query = textOf(body.query);
  if (query === '') throw new BadRequest('"query" must be a text.');
  const documents = arrayAt(body, 'documents').map(textOf);
  if (documents.length === 0) throw new BadRequest('"documents" must be a list of texts.');
  const [asked, top] = [embed(query, dimensions), wholeAt(body, 'top_n', 1, documents.length)];
  const results = documents
    .map((text, index) => ({ index, relevance_score: likeness(asked, embed(text, dimensions)), text }))
    .sort((one, other) => other.relevance_score - one.relevance_score)
    .slice(0, top)
    .map(({ text, ...each }) => (body.return_documents === true ? { ...each, document: { text } } : each));
  // The query is read again with each document.
  const tokens = countTokens(query) * documents.length + countTokens(documents.join('\n'));
  return { results, tokens, documents: documents.length };
}

/** The cosine of the angle between two vectors of unit length; 0 where it is obtuse. */
function likeness(one: Float32Array, other: Float32Array): number {
  const product = one.reduce((sum, value, place) => sum + value * (other[place] ?? 0), 0);
  return Math.min(1, Math.max(0, product));
}

/** POST /v1/rerank (https://jina.ai/reranker). */
export function rerank(body: Fields): DemoReply {
  const { results, tokens } = rankingOf(body);
  return jsonReply({ model: body.model, usage: { total_tokens: tokens }, results });
}

/** POST /v2/rerank (https://docs.cohere.com/v2/reference/rerank). */
export function cohereRerank(body: Fields, { id }: DemoContext): DemoReply {
  const { results, tokens, documents } = rankingOf(body);
  const billed_units = { search_units: Math.ceil(documents / documentsPerUnit), input_tokens: tokens };
  return jsonReply({ id, results, meta: { api_version: { version: '2' }, billed_units } });
}
