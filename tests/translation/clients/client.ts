/** One conversation of an official SDK with a model, in the words of no protocol. */

/** What a client has of one response. */
export interface Seen {
  readonly text: string;
  /** Reasoning that the client may show. */
  readonly thought: string;
  readonly calls: readonly Call[];
  readonly ending: 'end_turn' | 'length' | 'tool' | 'refusal' | `unknown: ${string}`;
  readonly input: number;
  readonly output: number;
  readonly cached: number;
}

export interface Call {
  readonly id: string;
  readonly name: string;
  readonly args: unknown;
}

/** An image or a PDF, by its bytes or its URL. */
export interface Media {
  readonly mediaType: string;
  readonly data?: string;
  readonly url?: string;
}

export interface Sending {
  /** In place of the conversation's. */
  readonly model?: string;
  /** `none` = no tool may be called. */
  readonly choice?: 'forced' | 'none';
  /** Whether only one tool may be called at once. */
  readonly isSerial?: boolean;
}

export interface Conversation {
  say(text: string, ...media: readonly Media[]): void;
  /** Text of a system or developer message that stands in the middle. */
  instruct(text: string): void;
  /** Results of the calls of the last response, by position. */
  respond(...results: readonly string[]): void;
  /** An image or file as the result of the first call of the last response; undefined = the protocol has none. */
  readonly respondWith: ((media: Media) => void) | undefined;
  /** @throws the SDK's error */
  send(options?: Sending): Promise<Seen>;
  /** Tokens of what was said so far, as the operation for it counts; undefined = the protocol has none. */
  readonly count: (() => Promise<number>) | undefined;
}

export interface ClientOptions {
  readonly url: string;
  readonly key: string;
  readonly model: string;
  readonly stream: boolean;
  readonly tools?: boolean;
  readonly system?: string;
  readonly thinks?: boolean;
  readonly wantsSchema?: boolean;
  readonly stop?: readonly string[];
}

export type Client = (options: ClientOptions) => Conversation;

export const tool = {
  name: 'get_weather',
  description: 'The weather of a city',
  parameters: {
    type: 'object' as const,
    properties: { city: { type: 'string' as const } },
    required: ['city'],
    additionalProperties: false,
  },
};

export const dataUrl = ({ mediaType, data }: Media): string => `data:${mediaType};base64,${data}`;
export const isImage = ({ mediaType }: Media): boolean => mediaType.startsWith('image/');
