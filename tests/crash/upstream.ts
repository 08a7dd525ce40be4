/** The upstream of the crash test: responds in all protocols according to the plan in the prompt. */
import { setTimeout as sleep } from 'node:timers/promises';
import { answer, json } from '../support/upstream-behaviours.ts';
import type { Behaviour, Exchange } from '../support/upstream-exchange.ts';
import { type Plan, planIn } from './plan.ts';

/** A response, complete and as the chunks of a stream. */
interface Script {
  readonly id: string;
  readonly plan: Plan;
  readonly words: readonly string[];
}

type Body = Readonly<Record<string, unknown>>;
type Fields = Readonly<Record<string, unknown>>;

/** Response ids of one process are unique over all its upstreams. */
let answers = 0;

const event = (data: Fields) => `data: ${JSON.stringify(data)}\n\n`;
const named = (type: string, data: Fields) => `event: ${type}\n${event({ type, ...data })}`;

const chatUsage = ({ plan }: Script) =>
  plan.reports && {
    usage: {
      prompt_tokens: plan.input,
      prompt_tokens_details: { cached_tokens: plan.cached },
      completion_tokens: plan.output,
      completion_tokens_details: { reasoning_tokens: plan.reasoning },
      total_tokens: plan.input + plan.output,
    },
  };

function chat(script: Script, body: Body): string | readonly string[] {
  const { id, words } = script;
  const base = { id, created: 1, model: 'm' };
  if (body.stream !== true) {
    const message = { role: 'assistant', content: words.join('') };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    return JSON.stringify({ ...base, object: 'chat.completion', choices, ...chatUsage(script) });
  }
  const chunk = (fields: Fields) => event({ ...base, object: 'chat.completion.chunk', ...fields });
  const said = (delta: Fields, finish_reason: 'stop' | null) =>
    chunk({ choices: [{ index: 0, delta, finish_reason }] });
  const asked = (body.stream_options as Body | undefined)?.include_usage === true;
  const usage = asked && chatUsage(script);
  return [
    ...words.map((content) => said({ content }, null)),
    said({}, 'stop'),
    ...(usage ? [chunk({ choices: [], ...usage })] : []),
    'data: [DONE]\n\n',
  ];
}

function responses(script: Script, body: Body): string | readonly string[] {
  const { id, plan, words } = script;
  const usage = plan.reports && {
    usage: {
      input_tokens: plan.input,
      input_tokens_details: { cached_tokens: plan.cached },
      output_tokens: plan.output,
      output_tokens_details: { reasoning_tokens: plan.reasoning },
      total_tokens: plan.input + plan.output,
    },
  };
  const content = [{ type: 'output_text', text: words.join(''), annotations: [] }];
  const output = [{ id: `msg_${id}`, type: 'message', status: 'completed', role: 'assistant', content }];
  const whole = { id, object: 'response', status: 'completed', output, ...usage };
  if (body.stream !== true) return JSON.stringify(whole);
  const place = { item_id: `msg_${id}`, output_index: 0, content_index: 0 };
  return [
    named('response.created', { response: { id, object: 'response', status: 'in_progress', output: [] } }),
    ...words.map((delta) => named('response.output_text.delta', { ...place, delta })),
    named('response.completed', { response: whole }),
  ];
}

function messages(script: Script, body: Body): string | readonly string[] {
  const { id, plan, words } = script;
  const input = {
    input_tokens: plan.input - plan.cached - plan.written,
    cache_read_input_tokens: plan.cached,
    cache_creation_input_tokens: plan.written,
  };
  const base = { id, type: 'message', role: 'assistant', model: 'm' };
  if (body.stream !== true) {
    const usage = plan.reports && { usage: { ...input, output_tokens: plan.output } };
    const content = [{ type: 'text', text: words.join('') }];
    return JSON.stringify({ ...base, content, stop_reason: 'end_turn', ...usage });
  }
  const started = { ...base, content: [], ...(plan.reports && { usage: { ...input, output_tokens: 1 } }) };
  return [
    named('message_start', { message: started }),
    named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...words.map((text) => named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })),
    named('content_block_stop', { index: 0 }),
    named('message_delta', {
      delta: { stop_reason: 'end_turn' },
      ...(plan.reports && { usage: { output_tokens: plan.output } }),
    }),
    named('message_stop', {}),
  ];
}

function generate(script: Script, url: string): string | readonly string[] {
  const { id, plan, words } = script;
  const usage = (share: number) =>
    plan.reports && {
      usageMetadata: {
        promptTokenCount: plan.input,
        cachedContentTokenCount: plan.cached,
        candidatesTokenCount: Math.floor((plan.output - plan.reasoning) * share),
        thoughtsTokenCount: plan.reasoning,
        totalTokenCount: plan.input + plan.output,
      },
    };
  const said = (text: string, share: number) => ({
    responseId: id,
    candidates: [
      {
        index: 0,
        content: { role: 'model', parts: [{ text }] },
        ...(share === 1 && { finishReason: 'STOP' }),
      },
    ],
    ...usage(share),
  });
  if (!url.includes(':streamGenerateContent')) return JSON.stringify(said(words.join(''), 1));
  const parts = words.map((text, at) => said(text, (at + 1) / words.length));
  if (/[?&]alt=sse/.test(url)) return parts.map(event);
  return [...parts.map((part, at) => `${at === 0 ? '[' : ',\r\n'}${JSON.stringify(part)}`), '\n]'];
}

function embeddings({ plan }: Script): string {
  const usage = plan.reports && { usage: { prompt_tokens: plan.input, total_tokens: plan.input } };
  const data = [{ object: 'embedding', index: 0, embedding: [0.25, -0.5, 0.125] }];
  return JSON.stringify({ object: 'list', data, model: 'm', ...usage });
}

function compose(script: Script, url: string, body: Body): string | readonly string[] {
  if (url.startsWith('/v1/chat/')) return chat(script, body);
  if (url.startsWith('/v1/responses')) return responses(script, body);
  if (url.startsWith('/v1/messages')) return messages(script, body);
  if (url.startsWith('/v1/embeddings')) return embeddings(script);
  return generate(script, url);
}

/** Splits a text at positions where nothing ends. */
function cutUp(text: string): readonly string[] {
  const third = Math.ceil(text.length / 3);
  if (third < 3) return [text];
  const parts = [
    text.slice(0, third),
    text.slice(third, 2 * third),
    text.slice(2 * third, -2),
    text.slice(-2),
  ];
  return parts.filter((part) => part !== '');
}

/** @param plan.breaks whether to reset the connection instead of ending it */
async function play(
  exchange: Exchange,
  parts: readonly string[],
  type: string,
  plan: Pick<Plan, 'gapMs' | 'lateMs'> & { readonly breaks?: boolean },
): Promise<void> {
  const { response, socket, over } = exchange;
  const pause = async (ms: number) => {
    if (ms > 0) await sleep(ms, undefined, { signal: over }).catch(() => {});
    return !over.aborted;
  };
  response.writeHead(200, { 'content-type': type });
  for (const [at, part] of parts.entries()) {
    if (at > 0 && !(await pause(plan.gapMs))) return;
    response.write(part);
    // One turn for each chunk, so that they are separate on the wire too.
    await new Promise(setImmediate);
  }
  if (plan.breaks) {
    // Let the written bytes leave first.
    await pause(20);
    socket.resetAndDestroy();
  } else if (await pause(plan.lateMs)) response.end();
}

export const byPlan: Behaviour = async (exchange) => {
  const body = (await exchange.wholeBody).toString('utf8');
  const plan = planIn(body);
  answers += 1;
  const words = Array.from({ length: plan.words }, (_, at) => `word${at} `);
  const { url } = exchange.recorded;
  const said = compose({ id: `answer-${answers}`, plan, words }, url, JSON.parse(body) as Body);
  const parts = typeof said === 'string' ? [said] : said;
  if (plan.fault === 1) return json({ error: { message: 'not now' } }, 500)(exchange);
  const isJson = typeof said === 'string' || said[0]?.startsWith('[');
  const type = isJson ? 'application/json' : 'text/event-stream';
  const pieces = plan.cut === 1 ? parts.flatMap(cutUp) : parts;
  if (plan.fault === 2) {
    const cut = parts.flatMap(cutUp);
    await play(exchange, cut.slice(0, Math.ceil(cut.length / 2)), type, { ...plan, lateMs: 0, breaks: true });
    return;
  }
  if (typeof said === 'string' && plan.cut === 0) {
    return answer(200, said, { 'content-type': type }, plan.gapMs)(exchange);
  }
  return play(exchange, pieces, type, plan);
};
