/** What the address of the models page holds. */
import { choice, positive, type SearchOf, searchParameters, text } from '../search-fields.ts';

/** As the catalogue names what models make. */
export const modelTypes = [
  'chat',
  'embedding',
  'image',
  'speech',
  'transcription',
  'realtime',
  'video',
  'rerank',
  'moderation',
] as const;

export const modelsSearch = searchParameters({
  page: positive,
  q: text,
  provider: text,
  type: choice(modelTypes),
  sort: choice(['id', 'input', 'output', 'context']),
  order: choice(['asc', 'desc']),
  /** Only models that this key may use. */
  key: positive,
  /** The model whose details are open. */
  open: text,
});

export type ModelsSearch = SearchOf<typeof modelsSearch>;
