/** Translates requests that rerank documents between Jina's form, Cohere's and Voyage's. Pure. */
import type { RerankApi } from '../../../domain/channel-options.ts';
import { HalleyError } from '../../../platform/errors.ts';
import type { JsonObject, ResponseForm } from '../../protocol.ts';
import { noHints, type RequestFacts } from '../parts.ts';
import type { CallTranslator, TranslatedRequest, TranslationOptions } from '../translator.ts';
import { readRerank, rerankTitles, unknownIn, writeRerank } from './request.ts';
import { RerankResponse } from './response.ts';

export class RerankTranslator implements CallTranslator {
  readonly heartbeat = '';
  readonly #client: 'jina' | 'cohere';
  readonly #upstream: RerankApi;

  constructor(client: 'jina' | 'cohere', upstream: RerankApi) {
    this.#client = client;
    this.#upstream = upstream;
  }

  /**
   * Documents become texts, and none are asked for: `RerankResponse` adds those that the client wants.
   * @throws HalleyError('invalid_body') naming a field that the upstream's form cannot express
   */
  request(
    body: JsonObject,
    model: string,
    _form: ResponseForm,
    { policy }: TranslationOptions,
  ): TranslatedRequest {
    const [unknown] = unknownIn(body);
    if (unknown !== undefined && policy === 'strict') {
      const message = `"${unknown}" cannot be sent to ${rerankTitles[this.#upstream]}, over which this model is served. Leave it out.`;
      throw new HalleyError('invalid_body', { message, param: unknown });
    }
    const request = readRerank(body);
    const { documents, topN, returnsDocuments } = request;
    const texts = returnsDocuments ? documents : undefined;
    return {
      body: writeRerank(request, model, this.#upstream),
      dropped: [...unknownIn(body), ...this.#tuning(body)],
      hints: { ...noHints, ranking: { documents: documents.length, topN, texts } },
    };
  }

  /** Fields that only tune, and that this upstream does not have. */
  #tuning(body: JsonObject): readonly string[] {
    const lacks = ['max_chunks_per_doc', ...(this.#upstream === 'cohere' ? [] : ['max_tokens_per_doc'])];
    return lacks.filter((name) => body[name] !== undefined && body[name] !== null);
  }

  upstreamForm(): ResponseForm {
    return 'json';
  }

  response(_from: ResponseForm, _to: ResponseForm, facts: RequestFacts): RerankResponse {
    return new RerankResponse(this.#client, facts);
  }
}
