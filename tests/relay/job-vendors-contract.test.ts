/**
 * What holds for every vendor of jobs, through a real gateway: each word of the vendor, answers that break off or say
 * nothing, refusals in every form, who may see a job, and what a deleted key leaves behind.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ApiAnswer, dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { vendorSamples } from '../support/job-samples.ts';
import { type VendorCase, vendorCases } from '../support/job-vendor-cases.ts';
import { nonEmpty } from '../support/non-empty.ts';
import {
  resultBytes,
  type Script,
  type ScriptedAnswer,
  type ScriptedJob,
  type ScriptedVendors,
  startScriptedVendors,
} from '../support/scripted-vendors.ts';
import { until } from '../support/until.ts';

const begin = 1_000_000;
const publicUrl = 'https://gateway.example';

let upstream: ScriptedVendors;
/** Results are links. */
let gateway: Gateway;
/** Results are passed on. Its channels are removed and made anew. */
let other: Gateway;

before(async () => {
  upstream = await startScriptedVendors();
  [gateway, other] = await Promise.all([
    startGateway(),
    startGateway({ env: { HALLEY_JOBS_RESULTS: 'proxy', HALLEY_PUBLIC_URL: publicUrl } }),
  ]);
  await gateway.createChannel(upstream.origin, { models: vendorCases.map(({ model }) => model) });
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: vendorCases.map(priceOf) } }));
});

after(async () => {
  await Promise.all([gateway.stop(), other.stop()]);
  await upstream.close();
});

const priceOf = ({ model: id, rates }: VendorCase) => ({ id, input: '0', output: '0', ...rates });

function member(answer: ApiAnswer, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => Reflect.get(Object(value), name), answer.json);
}

interface Expected {
  readonly asked?: number;
  /** Of the state. */
  readonly word?: string | undefined;
}

/** One vendor, driven by one key at one gateway. */
class Client {
  readonly #at: Gateway;
  readonly #case: VendorCase;
  readonly key: TestKey;

  constructor(at: Gateway, each: VendorCase, key: TestKey) {
    this.#at = at;
    this.#case = each;
    this.key = key;
  }

  static async of(at: Gateway, each: VendorCase): Promise<Client> {
    return new Client(at, each, await at.createKey({ unlimited_quota: false, remain_quota: begin }));
  }

  call(method: string, path: string, body?: object): Promise<ApiAnswer> {
    return this.#at.call(method, path, { token: `Bearer ${this.key.value}`, ...(body && { body }) });
  }

  submit(job: ScriptedJob): Promise<ApiAnswer> {
    return this.call('POST', this.#case.path, this.#case.body(job.mark));
  }

  fetch(id: string): Promise<ApiAnswer> {
    return this.call('GET', this.#case.fetchPath(id));
  }

  /** Submits a job that is accepted. */
  async begin(script: Script): Promise<{ readonly id: string; readonly job: ScriptedJob }> {
    const job = upstream.script(this.#case.vendor, script);
    const answer = await this.submit(job);
    assert.equal(answer.status < 300, true, answer.text);
    assert.equal(answer.text.includes(job.id), false, answer.text);
    const id = String(member(answer, this.#case.idAt));
    // 192 random bits.
    assert.match(id, /^job_[\w-]{32}$/, answer.text);
    return { id, job };
  }

  /** Fetches until the upstream was asked this often, and the answer says what is expected. */
  async fetched(id: string, job: ScriptedJob, { asked = 1, word }: Expected = {}): Promise<ApiAnswer> {
    let answer: ApiAnswer | undefined;
    await until(async () => {
      const before = job.asked;
      answer = await this.fetch(id);
      return before >= asked && (word === undefined || member(answer, this.#case.wordAt) === word);
    }, 700);
    assert.ok(answer);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.text.includes(job.id), false, answer.text);
    return answer;
  }

  /** Charges of its key, which may be deleted. */
  async charges(): Promise<readonly number[]> {
    const { items } = dataOf(await this.#at.call('GET', `/api/log/?token_id=${this.key.id}&page_size=100`));
    return (items as readonly { readonly quota: number }[]).map(({ quota }) => quota).filter((q) => q > 0);
  }

  /** States of its jobs as administrators see them, by our id. */
  async states(): Promise<ReadonlyMap<string, string>> {
    const { items } = dataOf(await this.#at.call('GET', `/api/task?token_id=${this.key.id}&page_size=100`));
    const tasks = items as readonly { readonly task_id: string; readonly status: string }[];
    return new Map(tasks.map(({ task_id, status }) => [task_id, status]));
  }

  async left(): Promise<number> {
    return Number(dataOf(await this.#at.call('GET', `/api/token/${this.key.id}`)).remain_quota);
  }
}

const sampleOf = ({ vendor }: VendorCase) => {
  const sample = vendorSamples[vendor];
  assert.ok(sample, vendor);
  return sample;
};

test('every vendor is driven', () => {
  assert.deepEqual(vendorCases.map(({ vendor }) => vendor).toSorted(), Object.keys(vendorSamples).toSorted());
});

/** What an upstream may answer about a job without telling anything. */
const nothing: readonly ScriptedAnswer[] = [
  { status: 429, body: { error: { message: 'slow down', code: 'rate_limit' } } },
  { status: 500, body: { message: 'oops' } },
  { status: 404, body: { message: 'not yet' } },
  { body: 'not json' },
  { body: { error: { message: 'an error with status 200', code: 'internal' } } },
];

const never = `job_${'x'.repeat(32)}`;

describe('each word of each vendor', { concurrency: true }, () => {
  for (const each of nonEmpty(vendorCases)) {
    test(`${each.vendor}: what runs or failed is free, what succeeded is charged once, and nobody else sees it`, async () => {
      const { running, succeeded, failed, fetched } = sampleOf(each);
      const [client, stranger] = [await Client.of(gateway, each), await Client.of(gateway, each)];
      const at = async (word: unknown, expected?: string) => {
        const { id, job } = await client.begin({ fetched: [{ body: fetched(word) }] });
        return { id, answer: await client.fetched(id, job, { word: expected }) };
      };
      // An answer of Bria's with a result and without a word has succeeded.
      const odd = ['', 'no word of theirs', null, 7, ...(each.vendor === 'bria' ? [] : [undefined])];
      const silent = nothing.map(async (answer) => {
        const { id, job } = await client.begin({ fetched: [answer, { body: fetched(succeeded[0]) }] });
        const first = await client.fetched(id, job);
        assert.equal(failed.includes(String(member(first, each.wordAt))), false, first.text);
        await client.fetched(id, job, { asked: 2, word: succeeded[0] });
      });
      const done = await Promise.all(
        [...running, ...succeeded, ...failed].map((word) => at(word, each.shownAs?.[word] ?? word)),
      );
      for (const { answer } of nonEmpty(await Promise.all(odd.map((word) => at(word))))) {
        const shown = String(member(answer, each.wordAt));
        assert.equal([...succeeded, ...failed, 'undefined', ''].includes(shown), false, answer.text);
      }
      await Promise.all(silent);
      const charges = [...succeeded, ...nothing].map(() => each.units);
      await until(async () => (await client.charges()).length >= charges.length, 200);
      assert.deepEqual(await client.charges(), charges);
      assert.equal(await client.left(), begin - charges.length * each.units);
      const states = [...(await client.states()).values()];
      const inState = (state: string) => states.filter((one) => one === state).length;
      assert.deepEqual([inState('SUCCESS'), inState('FAILURE')], [charges.length, failed.length]);
      const [{ id, answer } = { id: never, answer: undefined }] = done.slice(running.length);
      assert.match(answer?.text ?? '', each.vendor === 'minimax' ? /"file_id":"job_/ : /http:[^"]+\/cdn\//);
      for (const named of [id, never]) assert.equal((await stranger.fetch(named)).status, 404);
    });
  }
});

/** Answers to a submit, and what becomes of the job: `free` = there is none, `held` = nobody knows. */
const refusals: readonly (readonly [ScriptedAnswer, 'free' | 'held'])[] = [
  [{ status: 400, body: { error: { message: 'no', code: 'bad_prompt' }, message: 'no' } }, 'free'],
  [{ status: 422, body: { detail: 'no' } }, 'free'],
  [{ status: 401, body: { error: { message: 'bad key', code: 'invalid_api_key' } } }, 'free'],
  [{ status: 429, body: { error: { message: 'slow down', code: 'rate_limit' } } }, 'free'],
  [{ status: 503, body: { message: 'busy' } }, 'free'],
  [{ status: 504, body: 'gateway timeout' }, 'held'],
  [{ body: 'not json' }, 'held'],
  [{ body: {} }, 'held'],
];

describe('submits that accept nothing', { concurrency: true }, () => {
  for (const each of nonEmpty(vendorCases)) {
    test(`${each.vendor}: refusals are free also with status 200; what may have begun is held, and not sent twice`, async () => {
      const client = await Client.of(other, each);
      const own = sampleOf(each).refusals.map((body) => [{ body }, 'free'] as const);
      let held = 0;
      for (const [submit, becomes] of nonEmpty([...refusals, ...own])) {
        // An answer may take a channel out of use, so that each has its own.
        const fields = { models: [each.model], name: `for ${each.vendor}` };
        const channel = await other.createChannel(upstream.origin, fields);
        dataOf(await other.call('PUT', '/api/price', { body: { models: [priceOf(each)] } }));
        const job = upstream.script(each.vendor, { submit });
        const answer = await client.submit(job);
        if (becomes === 'held') held += 1;
        assert.equal(job.submits, 1, answer.text);
        assert.doesNotMatch(answer.text, /job_[\w-]{32}/);
        assert.equal(answer.text.includes('job_unclear'), becomes === 'held', answer.text);
        const states = [...(await client.states()).values()];
        assert.equal(
          states.filter((state) => state !== 'FAILURE').length,
          held,
          JSON.stringify([submit, states]),
        );
        assert.equal((await other.call('DELETE', `/api/channel/${channel}`)).json?.success, true);
      }
      assert.deepEqual([await client.charges(), await client.left()], [[], begin]);
    });
  }
});

describe('results that are passed on', { concurrency: true }, () => {
  for (const each of nonEmpty(vendorCases)) {
    test(`${each.vendor}: URLs are ours, need the key of the job, and lead to the bytes`, async () => {
      const { succeeded, fetched } = sampleOf(each);
      const fields = { models: [each.model], name: `results of ${each.vendor}` };
      await other.createChannel(upstream.origin, fields);
      dataOf(await other.call('PUT', '/api/price', { body: { models: [priceOf(each)] } }));
      const [client, stranger] = [await Client.of(other, each), await Client.of(other, each)];
      const { id, job } = await client.begin({ fetched: [{ body: fetched(succeeded[0]) }] });
      const answer = await client.fetched(id, job, { word: succeeded[0] });
      assert.equal(answer.text.includes(upstream.origin), false, answer.text);
      const first = `/v1/jobs/${id}/results/0`;
      assert.ok(answer.text.includes(`${publicUrl}${first}`), answer.text);
      assert.equal((await client.call('GET', first)).text, resultBytes);
      assert.equal((await stranger.call('GET', first)).status, 404);
    });
  }
});

describe('a deleted key', { concurrency: true }, () => {
  const deleted = async (client: Client) => {
    const answer = await gateway.call('DELETE', `/api/token/${client.key.id}`);
    assert.equal(answer.json?.success, true, answer.text);
  };
  const stateOf = async (client: Client, id: string) => (await client.states()).get(id);

  for (const each of nonEmpty(vendorCases)) {
    const { running, succeeded, fetched } = sampleOf(each);
    const { cancellable } = each;
    const word = cancellable?.word ?? running[0];

    test(`${each.vendor}: its fetches end at once, and what comes is charged to the account`, async () => {
      const client = await Client.of(gateway, each);
      const running = { body: fetched(word) };
      const { id, job } = await client.begin({
        fetched: [running, running, { body: fetched(succeeded[0]) }],
      });
      await deleted(client);
      assert.equal((await client.fetch(id)).status, 401);
      await until(async () => (await stateOf(client, id)) === 'SUCCESS', 300);
      assert.deepEqual(await client.charges(), [each.units]);
      // Asked once where the vendor can end it, and never where it cannot.
      assert.equal(job.ended, cancellable ? 1 : 0);
    });
  }

  for (const each of nonEmpty(vendorCases.filter(({ cancellable }) => cancellable))) {
    const { succeeded, fetched } = sampleOf(each);
    const { word = '', ended = '' } = each.cancellable ?? {};

    test(`${each.vendor}: a job that the upstream ends for it is free`, async () => {
      const client = await Client.of(gateway, each);
      const { id, job } = await client.begin({
        fetched: [{ body: fetched(word) }],
        afterCancel: { body: fetched(ended) },
      });
      await deleted(client);
      await until(async () => (await stateOf(client, id)) === 'FAILURE', 300);
      assert.deepEqual([job.ended, await client.charges()], [1, []]);
    });

    test(`${each.vendor}: a job that has ended there meanwhile is charged, and not deleted with its result`, async () => {
      const client = await Client.of(gateway, each);
      const { id, job } = await client.begin({
        fetched: [{ body: fetched(succeeded[0]) }],
        afterCancel: { status: 404, body: { message: 'deleted' } },
      });
      await deleted(client);
      await until(async () => (await stateOf(client, id)) === 'SUCCESS', 300);
      assert.deepEqual([job.ended, await client.charges()], [0, [each.units]]);
    });

    test(`${each.vendor}: a client ends a job of its own, but none that can only be deleted`, async () => {
      const client = await Client.of(gateway, each);
      const mayEnd = await client.begin({
        fetched: [{ body: fetched(word) }],
        afterCancel: { body: fetched(ended) },
      });
      const [method, path] = each.cancelBy?.(mayEnd.id) ?? ['', ''];
      const answer = await client.call(method, path);
      assert.equal(answer.status, 200, answer.text);
      await until(async () => (await stateOf(client, mayEnd.id)) === 'FAILURE', 300);
      assert.equal(mayEnd.job.ended, 1);
      const hasEnded = await client.begin({ fetched: [{ body: fetched(succeeded[0]) }] });
      const [how, at] = each.cancelBy?.(hasEnded.id) ?? ['', ''];
      await client.call(how, at);
      await until(async () => (await stateOf(client, hasEnded.id)) === 'SUCCESS', 300);
      assert.deepEqual(await client.charges(), [each.units]);
    });
  }

  test('replicate: while the upstream says nothing about a job, or fails to cancel it, it is asked again', async () => {
    const each = vendorCases.find(({ vendor }) => vendor === 'replicate');
    assert.ok(each);
    const client = await Client.of(gateway, each);
    const { fetched } = sampleOf(each);
    const { id, job } = await client.begin({
      fetched: [{ status: 500, body: {} }, { body: fetched('processing') }],
      unheard: 1,
      afterCancel: { body: fetched('canceled') },
    });
    await deleted(client);
    await until(async () => (await stateOf(client, id)) === 'FAILURE', 300);
    assert.deepEqual([job.ended, await client.charges()], [2, []]);
  });
});
