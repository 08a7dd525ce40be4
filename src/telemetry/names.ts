/**
 * Names of the GenAI semantic conventions, version 0.1.0 (the first of their own repository), for what Halley calls
 * otherwise. Pure.
 */
import type { ProtocolName } from '../domain/protocol-name.ts';

/** Well-known values of `gen_ai.operation.name`; other operations keep their own name, which the conventions allow. */
const operationNames: Readonly<Record<string, string>> = {
  'chat.completions': 'chat',
  responses: 'chat',
  messages: 'chat',
  completions: 'text_completion',
  generateContent: 'generate_content',
  streamGenerateContent: 'generate_content',
  embeddings: 'embeddings',
  embedContent: 'embeddings',
  batchEmbedContents: 'embeddings',
};

export const operationName = (operation: string): string => operationNames[operation] ?? operation;

/** What the conventions call inference: a model generates a response to a prompt. */
const inferences: ReadonlySet<string> = new Set(['chat', 'text_completion', 'generate_content', 'realtime']);

/** @returns which family of metrics counts an operation of this `gen_ai.operation.name` */
export function familyOf(name: string): 'inference' | 'embeddings' | 'operation' {
  if (inferences.has(name)) return 'inference';
  return name === 'embeddings' ? 'embeddings' : 'operation';
}

/** Well-known values of `gen_ai.provider.name` for kinds of channel that are called otherwise. */
const providerNames: Readonly<Record<string, string>> = {
  azure: 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  gemini: 'gcp.gemini',
  vertex: 'gcp.vertex_ai',
  xai: 'x_ai',
  mistral: 'mistral_ai',
  moonshot: 'moonshot_ai',
};

/** Kinds that say nothing of the provider: there it is the one whose protocol is spoken. */
const anyProvider: ReadonlySet<string> = new Set(['custom', 'newapi', 'cometapi', 'demo']);

export function providerName(kind: string, protocol: ProtocolName): string {
  return anyProvider.has(kind) ? (providerNames[protocol] ?? protocol) : (providerNames[kind] ?? kind);
}

export interface ServerPlace {
  readonly 'server.address': string;
  readonly 'server.port': number;
}

const places = new Map<string, ServerPlace>();
const placesMax = 1000;

/** @param origin scheme, host and port */
export function serverPlace(origin: string): ServerPlace {
  const known = places.get(origin);
  if (known) return known;
  const { hostname, port, protocol } = new URL(origin);
  const place = {
    'server.address': hostname.replace(/^\[(.*)\]$/, '$1'),
    'server.port': port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  };
  if (places.size >= placesMax) places.clear();
  places.set(origin, place);
  return place;
}

const modelPath = /^(\/v1(?:beta)?\/models\/)[^/:]+(:[A-Za-z]+)$/;
/** A segment of some length with digits in it; names of operations have one digit at most. */
const idPath = /\/(?=[^/]*\d[^/]*\d)[^/]{12,}(?=\/|$)/g;

/** `http.route`: the path with placeholders for models and ids, so that it has few values. */
export function routeOf(path: string): string {
  const [, before, verb] = modelPath.exec(path) ?? [];
  if (before !== undefined && verb !== undefined) return `${before}{model}${verb}`;
  return path.replace(idPath, '/{id}');
}

const modelName = /"model(?:Version)?"\s*:\s*"([^"\\]{1,256})"/;
const searchedBytes = 4096;

/** `gen_ai.response.model`, as a response names it near its beginning, or Gemini near its end; undefined = it does not. */
export function responseModel(start: Buffer | undefined): string | undefined {
  if (!start) return undefined;
  const found = modelName.exec(start.toString('latin1', 0, searchedBytes));
  if (found || start.length <= searchedBytes) return found?.[1];
  return modelName.exec(start.toString('latin1', start.length - searchedBytes))?.[1];
}
