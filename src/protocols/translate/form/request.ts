/** The internal form of a request: what the requests of all four protocols say, in one shape. Pure types. */
import type { JsonObject } from '../../protocol.ts';

/** The request and response forms that can be translated into each other. */
export type FormName = 'chat' | 'responses' | 'messages' | 'gemini';

/** Legacy completions are a form of clients alone. */
export type ClientFormName = FormName | 'completions';

/** Whose models made a signature or an encrypted text. Nobody else may be sent it. */
export type Provider = 'openai' | 'anthropic' | 'gemini';

export interface RequestForm {
  /** Turns in their order. System and developer texts are turns where they stand. */
  readonly turns: readonly Turn[];
  readonly tools: readonly FunctionTool[];
  /** Undefined = the client set none. */
  readonly toolChoice: ToolChoice | undefined;
  readonly parallelToolCalls: boolean | undefined;
  readonly output: OutputFormat | undefined;
  readonly reasoning: ReasoningRequest | undefined;
  readonly stream: boolean;
  /** Whether a stream may be asked for its usage; undefined = yes. The client does not decide it. */
  readonly asksForUsage?: boolean | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly topK: number | undefined;
  readonly stop: readonly string[];
  /** Responses asked for: `n`, `candidateCount`. */
  readonly choices: number;
  readonly seed: number | undefined;
  readonly presencePenalty: number | undefined;
  readonly frequencyPenalty: number | undefined;
  readonly logprobs: boolean | undefined;
  readonly topLogprobs: number | undefined;
  readonly verbosity: string | undefined;
  readonly serviceTier: string | undefined;
  /** The client's own user, for the provider's abuse checks. */
  readonly endUser: string | undefined;
  readonly metadata: JsonObject | undefined;
  readonly cacheKey: string | undefined;
}

/** Tool results are parts of user turns. */
export type Role = 'system' | 'developer' | 'user' | 'assistant';

export interface Turn {
  readonly role: Role;
  readonly parts: readonly Part[];
  /** The participant's name (chat); undefined = none. */
  readonly name?: string | undefined;
}

/** A mark that the prompt up to this part is worth caching. */
export interface CacheMark {
  readonly ttl: '5m' | '30m' | '1h' | '12h' | undefined;
}

interface Marked {
  readonly cache?: CacheMark | undefined;
}

export interface TextPart extends Marked {
  readonly kind: 'text';
  readonly text: string;
}

export type MediaSource =
  | { readonly type: 'base64'; readonly mediaType: string; readonly data: string }
  | { readonly type: 'url'; readonly url: string };

/** `file` = a document such as a PDF. */
export interface MediaPart extends Marked {
  readonly kind: 'image' | 'file' | 'audio' | 'video';
  readonly source: MediaSource;
  readonly filename?: string | undefined;
  /** Resolution of an image, in OpenAI's words. */
  readonly detail?: string | undefined;
}

/** A signature or an encrypted text that its provider wants back unchanged. */
export interface Carried {
  readonly provider: Provider;
  readonly blob: string;
  /** That of `carrier-seal.ts`, where it came through a client of another provider's form; undefined = it stood bare. */
  readonly seal?: string | undefined;
}

export interface ToolCallPart extends Marked {
  readonly kind: 'tool-call';
  readonly id: string;
  readonly name: string;
  /** JSON text of an object, as it was written: big integers stay exact. `{}` for none. */
  readonly arguments: string;
  readonly carried?: Carried | undefined;
}

export interface ToolResultPart extends Marked {
  readonly kind: 'tool-result';
  readonly callId: string;
  /** The name of the tool: Gemini matches by it. Undefined = look the call up among the turns before. */
  readonly name: string | undefined;
  readonly isError: boolean;
  readonly parts: readonly (TextPart | MediaPart)[];
}

/** Reasoning of an earlier turn. `text` may be empty beside a carried part. */
export interface ReasoningPart {
  readonly kind: 'reasoning';
  readonly text: string;
  readonly carried: Carried | undefined;
  /** Whether the provider gave only an encrypted text (`redacted_thinking`). */
  readonly isRedacted?: boolean | undefined;
}

export interface RefusalPart {
  readonly kind: 'refusal';
  readonly text: string;
}

export type Part = TextPart | MediaPart | ToolCallPart | ToolResultPart | ReasoningPart | RefusalPart;

export interface FunctionTool extends Marked {
  readonly name: string;
  readonly description: string | undefined;
  /** JSON Schema of the arguments; undefined = none. */
  readonly parameters: JsonObject | undefined;
  readonly strict: boolean | undefined;
}

export type ToolChoice =
  | { readonly kind: 'auto' | 'none' | 'required' }
  | { readonly kind: 'tool'; readonly name: string }
  | { readonly kind: 'allowed'; readonly mode: 'auto' | 'required'; readonly names: readonly string[] };

export type OutputFormat =
  | { readonly kind: 'text' }
  | { readonly kind: 'json' }
  | {
      readonly kind: 'schema';
      readonly name: string | undefined;
      readonly description: string | undefined;
      readonly schema: JsonObject;
      readonly strict: boolean | undefined;
    };

/** From least to most. */
export const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type Effort = (typeof efforts)[number];

export interface ReasoningRequest {
  readonly effort: Effort | undefined;
  /** Tokens; -1 = as many as the model wants, 0 = none. Undefined = the client gave an effort or nothing. */
  readonly budgetTokens: number | undefined;
  /** Whether the response should show the reasoning or a summary of it; undefined = the provider's default. */
  readonly isShown: boolean | undefined;
  /** OpenAI's words for the summary: `auto`, `concise`, `detailed`. */
  readonly summary?: string | undefined;
}
