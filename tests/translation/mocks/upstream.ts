/** Starts the mock providers: one upstream that speaks four protocols and refuses what each provider refuses. */
import { type FakeUpstream, startFakeUpstream } from '../../support/fake-upstream.ts';
import { answer, choose, json, pieces } from '../../support/upstream-behaviours.ts';
import type { Behaviour } from '../../support/upstream-exchange.ts';
import { chat } from './chat.ts';
import { gemini } from './gemini.ts';
import type { Json } from './json.ts';
import { messages } from './messages.ts';
import type { Mock } from './mock.ts';
import { responses } from './responses.ts';
import { type Asking, check, Refused } from './rule.ts';
import { type Asked, type Scene, sceneFor } from './scene.ts';

export const mocks = { chat, responses, messages, gemini } as const satisfies Record<string, Mock>;

/** What is said before a stream goes wrong. */
const beginning: Scene = {
  thought: '',
  text: 'There was once a model that never came to its end, and so on.',
  calls: [],
  ending: 'stop',
  stopped: undefined,
};
const piecesBefore = 8;
/** Milliseconds. */
const gap = 10;

function faulty(mock: Mock, asking: Asking, isStream: boolean, text: string): Behaviour | undefined {
  if (text.includes('fail at once')) return json(mock.error('The prompt is not to my liking.'), 400);
  const events = mock.stream(beginning, asking);
  const begun = events.slice(0, piecesBefore);
  if (text.includes('close early')) {
    const whole = JSON.stringify(mock.whole(beginning, asking));
    return isStream
      ? pieces(begun)
      : answer(200, whole.slice(0, whole.length / 2), { 'content-type': 'application/json' });
  }
  if (!isStream) return undefined;
  if (text.includes('fail midway')) return pieces([...begun, mock.streamError('I am overloaded.')]);
  if (!text.includes('never end')) return undefined;
  const one = begun.at(-1) ?? '';
  return pieces([...begun, ...Array.from({ length: 10_000 }, () => one)], gap);
}

/** Responds with the provider's error where the request is refused. */
function unlessRefused(mock: Mock, respond: () => Behaviour): Behaviour {
  try {
    return respond();
  } catch (thrown) {
    if (thrown instanceof Refused) return json(mock.error(thrown.message), 400);
    throw thrown;
  }
}

/** Decides what a mock says; undefined leaves it to `sceneFor`. */
export type Script = (asked: Asked, body: Json) => Scene | undefined;

function behave(mock: Mock, asking: Asking, isStream: boolean, script: Script): Behaviour {
  check(mock.rules, asking);
  const asked = mock.read(asking.body, asking.model);
  const fault = faulty(mock, asking, isStream, asked.text);
  if (fault) return fault;
  const scene = script(asked, asking.body) ?? sceneFor(asked);
  return isStream ? pieces(mock.stream(scene, asking)) : json(mock.whole(scene, asking));
}

const byField = (mock: Mock, script: Script): Behaviour =>
  choose((_, bytes) => {
    const body = JSON.parse(bytes.toString()) as Json;
    return unlessRefused(mock, () =>
      behave(mock, { body, model: String(body.model) }, body.stream === true, script),
    );
  });

const byPath = (mock: Mock, script: Script): Behaviour =>
  choose(({ recorded }, bytes) => {
    const [, model = '', verb] = /\/models\/([^:]+):(\w+)/.exec(recorded.url) ?? [];
    const body = JSON.parse(bytes.toString()) as Json;
    const isStream = verb === 'streamGenerateContent';
    return unlessRefused(mock, () =>
      verb === 'countTokens' ? json(mock.count?.(body)) : behave(mock, { body, model }, isStream, script),
    );
  });

const counting = (mock: Mock): Behaviour =>
  choose((_, bytes) => unlessRefused(mock, () => json(mock.count?.(JSON.parse(bytes.toString())))));

export async function startMocks(script: Script = () => undefined): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream();
  upstream.on('', json({ error: { message: 'There is no such path.' } }, 404));
  upstream.on('/v1/chat/completions', byField(chat, script));
  upstream.on('/v1/responses', byField(responses, script));
  upstream.on('/v1/responses/input_tokens', counting(responses));
  upstream.on('/v1/messages', byField(messages, script));
  upstream.on('/v1/messages/count_tokens', counting(messages));
  for (const version of ['v1', 'v1beta']) upstream.on(`/${version}/models/`, byPath(gemini, script));
  return upstream;
}
