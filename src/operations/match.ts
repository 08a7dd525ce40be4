/** Routes method and path to a model operation. Pure; paths and queries are raw. */
import { limits } from '../platform/limits.ts';
import { tailHold } from '../protocols/events/tail-hold.ts';
import type { JsonObject, ResponseForm } from '../protocols/protocol.ts';
import { checkStream, requireModel } from './fields.ts';
import { isJobPath } from './jobs/routes.ts';
import type { Operation, OperationDefinition, UpstreamCall } from './operation.ts';
import { queryValue, withoutKey } from './query.ts';
import {
  modelPathPrefix,
  type OperationName,
  operations,
  pathFor,
  pathsOf,
  streamPathFor,
} from './registry.ts';
import { translations } from './translations.ts';

/** A path that takes other methods than the one used; `allow` is for the Allow header. */
export interface WrongMethod {
  readonly allow: string;
}

export type Matched = Operation<OperationName>;

type Named = readonly [name: OperationName, definition: OperationDefinition];

const all = Object.entries(operations) as readonly Named[];
const byVerb = new Map(all.flatMap((named) => ('verb' in named[1].at ? [[named[1].at.verb, named]] : [])));

const byStreamField = (body: JsonObject): ResponseForm => (body.stream === true ? 'sse' : 'json');

/** The calls of an operation: its own protocol first, then those that a translator leads to. */
function callsOf(name: OperationName, own: UpstreamCall): Operation['calls'] {
  const others = translations
    .filter(({ from }) => from === name)
    .map(({ to, toStream, rerankApi, translator }, position): UpstreamCall => {
      const target = operations[to];
      const path: UpstreamCall['path'] = (model, form) =>
        form === 'json' ? pathFor(target, model) : streamPathFor(operations[toStream], model);
      const { openaiApi, protocol } = target.upstream;
      const generated = openaiApi ? (`translated ${openaiApi}` as const) : protocol.name;
      const api = rerankApi ? (`rerank ${rerankApi}` as const) : generated;
      return { ...target.upstream, index: position + 1, api, operation: to, path, translator };
    });
  return [own, ...others];
}

interface Asked {
  readonly modelInPath: string | undefined;
  readonly responseForm: Operation['responseForm'];
  readonly checkBody: Operation['checkBody'];
  readonly path: UpstreamCall['path'];
}

function operationOf([name, definition]: Named, asked: Asked): Matched {
  const {
    client,
    upstream,
    kind,
    charged,
    takes = 'json',
    chargedBy,
    freeUnpriced,
    modelDefault,
    measures,
    stored,
    countBody,
    request,
    endMarks,
  } = definition;
  const { path, ...rest } = asked;
  const { openaiApi, rerankApi, protocol } = upstream;
  const api = rerankApi ? (`rerank ${rerankApi}` as const) : (openaiApi ?? protocol.name);
  return {
    name,
    client,
    kind,
    charged,
    takes,
    ...(chargedBy && { chargedBy }),
    ...(freeUnpriced && { freeUnpriced }),
    ...(modelDefault !== undefined && { modelDefault }),
    ...(measures && { measures }),
    ...(stored && { stored }),
    ...(countBody && { countBody }),
    ...rest,
    bound: request.bound,
    text: request.text,
    ...(request.conversation && { conversation: request.conversation }),
    outputLimit: request.outputLimit,
    tailHold: (form, hideUsage) => tailHold(endMarks, form, hideUsage),
    calls: callsOf(name, { ...upstream, index: 0, api, operation: name, path, translator: undefined }),
  };
}

function withFixedPath(named: Named, path: string): Matched {
  const [, { streams, checkBody, responseForm }] = named;
  return operationOf(named, {
    modelInPath: undefined,
    path: () => path,
    responseForm: responseForm ?? (streams === 'by-field' ? byStreamField : () => 'json'),
    checkBody(body) {
      if (streams === 'by-field') checkStream(body);
      checkBody(body);
    },
  });
}

const byPath: ReadonlyMap<string, Matched> = new Map(
  all.flatMap((named) => {
    const { at } = named[1];
    if (!('path' in at)) return [];
    const matched = withFixedPath(named, at.path);
    return pathsOf(named[1]).map((path): [string, Matched] => [path, matched]);
  }),
);

/** The model's name and the verb, from the part of a path after `/models/`. */
function splitVerb(rest: string): { model: string; verb: string } | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(rest);
  } catch {
    return undefined;
  }
  const colon = decoded.lastIndexOf(':');
  if (colon <= 0 || colon > limits.model_id_chars_max) return undefined;
  return { model: decoded.slice(0, colon), verb: decoded.slice(colon + 1) };
}

/** A model's name as it may stand in a path and in a log line. */
const isPlainName = (model: string): boolean => /^[^\p{C}\s]+$/u.test(model);

function withModelInPath(prefix: string, rest: string, query: string): Matched | undefined {
  const split = splitVerb(rest);
  const named = split && byVerb.get(split.verb);
  if (!named || !isPlainName(split.model)) return undefined;
  const [, { streams, checkBody }] = named;
  const kept = withoutKey(query);
  const suffix = `:${split.verb}${kept === '' ? '' : `?${kept}`}`;
  const streamForm: ResponseForm = queryValue(query, 'alt') === 'sse' ? 'sse' : 'json-array';
  const form = streams === 'always' ? streamForm : 'json';
  return operationOf(named, {
    modelInPath: split.model,
    path: (model) => prefix + encodeURIComponent(model) + suffix,
    responseForm: () => form,
    checkBody(body) {
      requireModel(body, split.model);
      checkBody(body);
    },
  });
}

/** @param query goes to an upstream of the client's own protocol */
function withQuery(operation: Matched, query: string): Matched {
  const [own, ...others] = operation.calls;
  return {
    ...operation,
    calls: [{ ...own, path: (model, form) => `${own.path(model, form)}?${query}` }, ...others],
  };
}

/** Ignores one trailing slash. */
export function withoutTrailingSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/**
 * Other paths of clients whose base URL lacks the version, or has one that Halley does not serve. They belong to no
 * other part of the gateway.
 */
const misaddressed =
  /^\/(?:chat\/completions|completions|responses|embeddings|images|audio|messages|models|rerank)(?:[/:]|$)|^\/v2\/rerank(?:\/|$)|^(?:\/upload)?\/v1(?:alpha|beta\d*)(?:\/|$)/;

/** Whether the path belongs to the model API at all, known or not. */
export function isModelPath(path: string): boolean {
  return path.startsWith('/v1/') || path === '/v1' || misaddressed.test(path) || isJobPath(path);
}

/** Whether `matchOperation` found an operation. */
export const isMatched = (found: ReturnType<typeof matchOperation>): found is Matched =>
  typeof found === 'object' && 'calls' in found;

/**
 * The operation for a request to a model path. Lists of models are not operations: see model-api/models-route.ts.
 * @param path raw, before `?`
 * @param query raw, after `?`; goes to the upstream without the caller's key
 */
export function matchOperation(
  method: string,
  path: string,
  query: string,
): Matched | 'not_found' | WrongMethod {
  const known = byPath.get(path) ?? byPath.get(withoutTrailingSlash(path));
  if (known) {
    if (method !== 'POST') return { allow: 'POST' };
    const kept = withoutKey(query);
    return kept === '' ? known : withQuery(known, kept);
  }
  const prefix = modelPathPrefix(path);
  if (prefix === undefined || path.includes('//')) return 'not_found';
  const operation = withModelInPath(prefix, withoutTrailingSlash(path.slice(prefix.length)), query);
  if (!operation) return 'not_found';
  return method === 'POST' ? operation : { allow: 'POST' };
}
