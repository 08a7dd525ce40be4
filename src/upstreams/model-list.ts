/** Reads the list of models that an upstream says it has. */
import type { ProtocolName } from '../domain/protocol-name.ts';
import { characterFault } from '../domain/text-rules.ts';
import type { Clock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import {
  anthropicUpstream,
  geminiUpstream,
  openaiUpstream,
  type UpstreamProtocol,
} from '../protocols/upstream/upstream-protocol.ts';
import { failureText, refusalText, sendForOperator } from './operator-request.ts';
import type { UpstreamTarget } from './upstreams.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Page {
  readonly ids: readonly string[];
  /** Names the page after it; undefined = it is the last. */
  readonly next: string | undefined;
}

interface ListForm {
  readonly upstream: UpstreamProtocol;
  path(after: string | undefined): string;
  /** @returns undefined = it is no list of models */
  read(value: unknown): Page | undefined;
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const someText = (value: unknown): string | undefined => textOf(value) || undefined;

/** @param list null = it is empty, as Ollama writes it */
function idsIn(list: unknown, idOf: (entry: Fields) => string): readonly string[] | undefined {
  if (list === null) return [];
  return Array.isArray(list) ? list.map((entry: unknown) => idOf(fieldsOf(entry))) : undefined;
}

const forms: Readonly<Record<ProtocolName, ListForm>> = {
  // https://developers.openai.com/api/reference/resources/models: one page. Together AI answers with the bare list.
  openai: {
    upstream: openaiUpstream,
    path: () => '/v1/models',
    read(value) {
      const ids = idsIn(Array.isArray(value) ? value : fieldsOf(value).data, ({ id }) => textOf(id));
      return ids && { ids, next: undefined };
    },
  },
  // https://platform.claude.com/docs/en/api/models-list: 1000 a page at most.
  anthropic: {
    upstream: anthropicUpstream,
    path: (after) =>
      `/v1/models?limit=1000${after === undefined ? '' : `&after_id=${encodeURIComponent(after)}`}`,
    read(value) {
      const { data, has_more, last_id } = fieldsOf(value);
      const ids = idsIn(data, ({ id }) => textOf(id));
      return ids && { ids, next: has_more === true ? someText(last_id) : undefined };
    },
  },
  // https://ai.google.dev/api/models: 1000 a page at most; names begin with `models/`.
  gemini: {
    upstream: geminiUpstream,
    path: (after) =>
      `/v1beta/models?pageSize=1000${after === undefined ? '' : `&pageToken=${encodeURIComponent(after)}`}`,
    read(value) {
      const { models, nextPageToken } = fieldsOf(value);
      const ids = idsIn(models, ({ name }) => textOf(name).replace(/^models\//, ''));
      return ids && { ids, next: someText(nextPageToken) };
    },
  },
};

/** Whether a channel may offer a model of this name. */
const isUsable = (id: string): boolean =>
  id !== '' && id.trim() === id && id.length <= limits.model_id_chars_max && characterFault(id) === undefined;

const refused = (message: string) => new HalleyError('refused', { message });

function readPage(form: ListForm, text: string): Page {
  let page: Page | undefined;
  try {
    page = form.read(JSON.parse(text));
  } catch {
    page = undefined;
  }
  if (!page) throw refused('The upstream did not return a list of models. Check the base URL.');
  return page;
}

async function askPage(
  target: UpstreamTarget,
  form: ListForm,
  after: string | undefined,
  signal: AbortSignal,
): Promise<Page> {
  const plain = {
    protocol: form.upstream,
    method: 'GET',
    operation: 'models',
    path: form.path(after),
    model: '',
    form: 'json',
    rawHeaders: ['accept', 'application/json'],
    body: [],
  } as const;
  const response = await sendForOperator(target, plain, limits.model_list_bytes_max, signal);
  if (response.status >= 300) throw refused(target.secrets.mask(refusalText(response)));
  if (!response.isWhole)
    throw refused('The list of models is too long to be read. Name the models yourself.');
  return readPage(form, response.text);
}

/**
 * Returns the names of the models, sorted, each once. Names that no channel may offer are left out.
 * @param target its model does not matter
 * @throws HalleyError('refused') with the problem in plain words
 */
export async function readModelList(
  target: UpstreamTarget,
  protocol: ProtocolName,
  clock: Pick<Clock, 'after'>,
): Promise<readonly string[]> {
  const form = forms[protocol];
  if (target.style.serves?.('models') === false) {
    throw refused('This kind of upstream has no list of models that Halley reads. Name the models yourself.');
  }
  const late = new AbortController();
  const timer = clock.after(limits.model_list_ms, () => late.abort(new Error('the list took too long')));
  const found = new Set<string>();
  try {
    let after: string | undefined;
    for (let pages = 0; pages < limits.model_list_pages_max; pages += 1) {
      const { ids, next } = await askPage(target, form, after, late.signal);
      for (const id of ids) if (isUsable(id)) found.add(id);
      after = next;
      if (after === undefined) return [...found].sort();
    }
  } catch (error) {
    if (error instanceof HalleyError && error.code === 'refused') throw error;
    throw refused(target.secrets.mask(failureText(error)));
  } finally {
    timer.cancel();
  }
  throw refused('The list of models has too many pages. Name the models yourself.');
}
