/** The demo's Gemini calls: generating (whole, SSE, JSON array), embedding, counting. Pure. */
import type { ResponseForm } from '../protocols/protocol.ts';
import { type DemoCompletion, makeCompletion, paceOf } from './completion.ts';
import { embed } from './embedding.ts';
import { arrayAt, BadRequest, type Fields, fieldsAt, isFields, textOf, textsAt, wholeAt } from './fields.ts';
import { areThoughtsShown, situationOf } from './gemini-situation.ts';
import { pictureOf, pictureTokens } from './picture.ts';
import { type DemoContext, type DemoReply, jsonReply, sseReply } from './reply.ts';
import { scriptFor } from './script.ts';
import { signatureOf } from './signature.ts';
import { countTokens } from './tokens.ts';

const partsText = (content: unknown) => (isFields(content) ? textOf(content.parts) : '');

function contentsOf(body: Fields): readonly Fields[] {
  const contents = arrayAt(body, 'contents').filter(isFields);
  if (contents.length === 0) throw new BadRequest('contents is not specified');
  return contents;
}

function promptTokensOf(body: Fields): number {
  const system = partsText(body.systemInstruction ?? body.system_instruction);
  return contentsOf(body).reduce(
    (sum, content) => sum + 1 + countTokens(partsText(content)),
    countTokens(system),
  );
}

function completionFor(body: Fields, model: string, context: DemoContext): DemoCompletion {
  const config = fieldsAt(body, 'generationConfig');
  const situation = situationOf(body, model, contentsOf(body));
  return makeCompletion({
    userText: situation.userText,
    script: scriptFor(situation),
    maxTokens: wholeAt(config, 'maxOutputTokens', 1, 1_000_000),
    stops: textsAt(config, 'stopSequences'),
    pace: paceOf(body, context.chunkMs),
  });
}

/** https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse */
function piece(
  parts: readonly Fields[],
  model: string,
  context: DemoContext,
  usage: Fields,
  finish?: string,
): Fields {
  const content = { parts, role: 'model' };
  const candidate =
    finish === undefined ? { content, index: 0 } : { content, finishReason: finish, index: 0 };
  return { candidates: [candidate], usageMetadata: usage, modelVersion: model, responseId: context.id };
}

function usageOf(promptTokenCount: number, completion: DemoCompletion, pictures: number): Fields {
  const { outputTokens, thoughtTokens } = completion;
  const details = (tokenCount: number) => [{ modality: 'TEXT', tokenCount }];
  const textTokens = outputTokens - thoughtTokens;
  const imageTokens = pictures * pictureTokens;
  const candidatesTokenCount = textTokens + imageTokens;
  return {
    promptTokenCount,
    candidatesTokenCount,
    ...(thoughtTokens > 0 && { thoughtsTokenCount: thoughtTokens }),
    totalTokenCount: promptTokenCount + outputTokens + imageTokens,
    promptTokensDetails: details(promptTokenCount),
    candidatesTokensDetails: [
      ...details(textTokens),
      ...(imageTokens > 0 ? [{ modality: 'IMAGE', tokenCount: imageTokens }] : []),
    ],
  };
}

function pictureParts(body: Fields, model: string): readonly Fields[] {
  if (!model.startsWith('demo-image')) return [];
  const data = pictureOf(partsText(contentsOf(body).at(-1)));
  return [{ inlineData: { mimeType: 'image/png', data } }];
}

/** Thoughts that the request wants to see. */
const shownThoughts = (body: Fields, { thoughts }: DemoCompletion) =>
  areThoughtsShown(body) ? thoughts.map((text) => ({ text, thought: true })) : [];

/** The first call carries the signature of what was thought. */
function callParts({ calls, thoughts }: DemoCompletion): readonly Fields[] {
  return calls.map(({ name, args }, index) => ({
    functionCall: { name, args },
    ...(index === 0 && thoughts.length > 0 && { thoughtSignature: signatureOf(thoughts.join('')) }),
  }));
}

const finishReason = ({ ending }: DemoCompletion) => (ending === 'length' ? 'MAX_TOKENS' : 'STOP');

/** POST /v1beta/models/{model}:generateContent */
export function generateContent(body: Fields, model: string, context: DemoContext): DemoReply {
  const completion = completionFor(body, model, context);
  const pictures = pictureParts(body, model);
  const usage = usageOf(promptTokensOf(body), completion, pictures.length);
  const joined = shownThoughts(body, completion)
    .map(({ text }) => text)
    .join('');
  const parts = [
    ...(joined === '' ? [] : [{ text: joined, thought: true }]),
    { text: completion.text },
    ...pictures,
    ...callParts(completion),
  ];
  return jsonReply(piece(parts, model, context, usage, finishReason(completion)));
}

/** POST /v1beta/models/{model}:streamGenerateContent, with `alt=sse` or as a streamed JSON array. */
export function streamGenerateContent(
  body: Fields,
  model: string,
  context: DemoContext,
  form: ResponseForm,
): DemoReply {
  const completion = completionFor(body, model, context);
  const promptTokens = promptTokensOf(body);
  const running = { promptTokenCount: promptTokens, totalTokenCount: promptTokens };
  const pictures = pictureParts(body, model);
  const finished = usageOf(promptTokens, completion, pictures.length);
  function* chunks(): Generator<string> {
    const spoken = completion.pieces.map((text) => ({ text }));
    for (const part of [...shownThoughts(body, completion), ...spoken]) {
      yield JSON.stringify(piece([part], model, context, running));
    }
    for (const picture of pictures) yield JSON.stringify(piece([picture], model, context, running));
    const calls = callParts(completion);
    if (calls.length > 0) yield JSON.stringify(piece(calls, model, context, running));
    yield JSON.stringify(piece([{ text: '' }], model, context, finished, finishReason(completion)));
  }
  function* sse(): Generator<string> {
    for (const chunk of chunks()) yield `data: ${chunk}\r\n\r\n`;
  }
  function* array(): Generator<string> {
    let before = '[';
    for (const chunk of chunks()) {
      yield before + chunk;
      before = ',\r\n';
    }
    yield ']';
  }
  if (form === 'sse') return sseReply(sse(), completion.chunkMs);
  const contentType = 'application/json; charset=utf-8';
  return { kind: 'stream', contentType, parts: array(), chunkMs: completion.chunkMs };
}

/** POST /v1beta/models/{model}:countTokens. The request may also be in `generateContentRequest`. */
export function countContentTokens(body: Fields): DemoReply {
  const totalTokens = promptTokensOf(
    isFields(body.generateContentRequest) ? body.generateContentRequest : body,
  );
  return jsonReply({ totalTokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: totalTokens }] });
}

function embeddingOf(request: Fields): Fields {
  const dimensions = wholeAt(request, 'outputDimensionality', 1, 4096) ?? 256;
  return { values: [...embed(partsText(request.content), dimensions)] };
}

/** POST /v1beta/models/{model}:embedContent */
export function embedContent(body: Fields): DemoReply {
  return jsonReply({ embedding: embeddingOf(body) });
}

/** POST /v1beta/models/{model}:batchEmbedContents */
export function batchEmbedContents(body: Fields): DemoReply {
  return jsonReply({ embeddings: arrayAt(body, 'requests').filter(isFields).map(embeddingOf) });
}
