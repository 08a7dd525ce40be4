/** Translates the response of a rerank: one JSON text with the results, for a client of another form. Pure. */
import { limits } from '../../../platform/limits.ts';
import type { Piece } from '../../events/piece.ts';
import type { JsonObject } from '../../protocol.ts';
import { readRerankUsage } from '../../usage/rerank-usage.ts';
import { asObject, idOf, parseOr } from '../../usage/usage-shape.ts';
import type { ErrorEvent } from '../form/response.ts';
import { defined, objectsIn } from '../json.ts';
import type { RankingHints, RequestFacts } from '../parts.ts';
import type { ResponseTranslation } from '../translator.ts';

interface Ranked {
  readonly index: number;
  readonly relevance_score: number;
}

/** By falling score; undefined = it holds no ranking of so many documents, each at most once. */
function rankingIn(body: JsonObject, documents: number): readonly Ranked[] | undefined {
  const results = body.results ?? body.data;
  if (!Array.isArray(results)) return undefined;
  const ranked = objectsIn(results).flatMap(({ index, relevance_score: score }) => {
    const isPlace = typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < documents;
    return isPlace && typeof score === 'number' ? [{ index, relevance_score: score }] : [];
  });
  const places = new Set(ranked.map(({ index }) => index));
  if (ranked.length !== results.length || places.size !== ranked.length) return undefined;
  return ranked.sort((one, other) => other.relevance_score - one.relevance_score);
}

export class RerankResponse implements ResponseTranslation {
  readonly dropped: readonly string[] = [];
  readonly #client: 'jina' | 'cohere';
  readonly #facts: RequestFacts;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;
  #failure: ErrorEvent | undefined;

  constructor(client: 'jina' | 'cohere', facts: RequestFacts) {
    this.#client = client;
    this.#facts = facts;
  }

  get failure(): ErrorEvent | undefined {
    return this.#failure;
  }

  push({ bytes }: Piece): undefined {
    this.#bytes += bytes.length;
    if (this.#bytes <= limits.translated_bytes_max) this.#pieces.push(bytes);
    else this.#fail('It is too long to be translated.');
  }

  end(): Buffer | undefined {
    if (this.#failure) return undefined;
    const body = asObject(parseOr(Buffer.concat(this.#pieces).toString()));
    const { ranking } = this.#facts;
    const ranked = body && ranking && rankingIn(body, ranking.documents);
    if (!ranked) return this.#fail('It is not a ranking of the documents.');
    return Buffer.from(JSON.stringify(this.#write(body, ranked, ranking)));
  }

  #fail(message: string): undefined {
    this.#failure = { type: 'error', message, code: '' };
  }

  #write(body: JsonObject, ranked: readonly Ranked[], { topN, texts }: RankingHints): JsonObject {
    const results = ranked
      .slice(0, topN)
      .map((each) => (texts ? { ...each, document: { text: texts[each.index] ?? '' } } : each));
    const { model, requestId } = this.#facts;
    const { inputTokens, searchUnits } = readRerankUsage(body) ?? {};
    if (this.#client === 'jina') {
      return defined({
        model,
        results,
        usage: inputTokens === undefined ? undefined : { total_tokens: inputTokens },
        meta: searchUnits === undefined ? undefined : { billed_units: { search_units: searchUnits } },
      });
    }
    const billed_units = defined({ search_units: searchUnits, input_tokens: inputTokens });
    return {
      id: idOf(body.id) || requestId,
      results,
      meta: { api_version: { version: '2' }, billed_units },
    };
  }
}
