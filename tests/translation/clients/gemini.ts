/** Google's SDK as a client of generateContent. */
import {
  type Content,
  FunctionCallingConfigMode,
  type GenerateContentConfig,
  type GenerateContentResponse,
  GoogleGenAI,
  type Part,
  type ThinkingConfig,
  ThinkingLevel,
  type ToolConfig,
} from '@google/genai';
import {
  type Call,
  type Client,
  type ClientOptions,
  type Media,
  type Seen,
  type Sending,
  tool,
} from './client.ts';

function partOf({ mediaType: mimeType, data = '', url }: Media): Part {
  return url === undefined ? { inlineData: { mimeType, data } } : { fileData: { mimeType, fileUri: url } };
}

/** Models before Gemini 3 think by a budget alone. */
function thinkingOf({ model }: ClientOptions): ThinkingConfig {
  const amount = model.includes('2.5') ? { thinkingBudget: 2000 } : { thinkingLevel: ThinkingLevel.HIGH };
  return { includeThoughts: true, ...amount };
}

function callingOf({ choice }: Sending): ToolConfig {
  const { ANY, NONE } = FunctionCallingConfigMode;
  const forced = { mode: ANY, allowedFunctionNames: [tool.name] };
  return { functionCallingConfig: choice === 'none' ? { mode: NONE } : forced };
}

function configOf(options: ClientOptions, sending: Sending): GenerateContentConfig {
  const { name, description, parameters } = tool;
  return {
    ...(options.system && { systemInstruction: options.system }),
    ...(options.tools && {
      tools: [{ functionDeclarations: [{ name, description, parametersJsonSchema: parameters }] }],
    }),
    ...(sending.choice && { toolConfig: callingOf(sending) }),
    ...(options.thinks && { thinkingConfig: thinkingOf(options) }),
    ...(options.stop && { stopSequences: [...options.stop] }),
    ...(options.wantsSchema && { responseMimeType: 'application/json', responseJsonSchema: parameters }),
  };
}

function endingOf(reason: string | undefined, calls: readonly Call[]): Seen['ending'] {
  if (reason === 'MAX_TOKENS') return 'length';
  if (reason === 'SAFETY' || reason === 'PROHIBITED_CONTENT') return 'refusal';
  if (reason !== 'STOP') return `unknown: ${reason}`;
  return calls.length > 0 ? 'tool' : 'end_turn';
}

function seenIn(chunks: readonly GenerateContentResponse[], parts: readonly Part[]): Seen {
  const calls = parts.flatMap(({ functionCall }) =>
    functionCall
      ? [{ id: functionCall.id ?? '', name: functionCall.name ?? '', args: functionCall.args }]
      : [],
  );
  const reason = chunks.map((chunk) => chunk.candidates?.[0]?.finishReason).findLast(Boolean);
  const usage = chunks.map((chunk) => chunk.usageMetadata).findLast(Boolean);
  return {
    text: parts.map(({ text = '', thought }) => (thought ? '' : text)).join(''),
    thought: parts.map(({ text = '', thought }) => (thought ? text : '')).join(''),
    calls,
    ending: endingOf(reason, calls),
    input: usage?.promptTokenCount ?? -1,
    output: (usage?.candidatesTokenCount ?? -1) + (usage?.thoughtsTokenCount ?? 0),
    cached: usage?.cachedContentTokenCount ?? 0,
  };
}

export const gemini: Client = (options) => {
  const client = new GoogleGenAI({ apiKey: options.key, httpOptions: { baseUrl: options.url } });
  const contents: Content[] = [];
  let calls: readonly Call[] = [];
  return {
    say: (text, ...media) => void contents.push({ role: 'user', parts: [...media.map(partOf), { text }] }),
    instruct: (text) => void contents.push({ role: 'user', parts: [{ text }] }),
    respond(...results) {
      const parts = results.map((output, index): Part => {
        const { id = '', name = '' } = calls[index] ?? {};
        return { functionResponse: { ...(id !== '' && { id }), name, response: { output } } };
      });
      contents.push({ role: 'user', parts });
    },
    respondWith({ mediaType: mimeType, data = '' }) {
      const { id = '', name = '' } = calls[0] ?? {};
      const parts = [{ inlineData: { mimeType, data } }];
      const functionResponse = { ...(id !== '' && { id }), name, response: {}, parts };
      contents.push({ role: 'user', parts: [{ functionResponse }] });
    },
    async send(sending = {}) {
      const asked = { ...options, ...sending };
      const request = { model: asked.model, contents, config: configOf(asked, sending) };
      const chunks = options.stream
        ? await Array.fromAsync(await client.models.generateContentStream(request))
        : [await client.models.generateContent(request)];
      const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
      contents.push({ role: 'model', parts });
      const seen = seenIn(chunks, parts);
      calls = seen.calls;
      return seen;
    },
    async count() {
      const { model } = options;
      return (await client.models.countTokens({ model, contents })).totalTokens ?? -1;
    },
  };
};
