/** What holds for every vendor of jobs: the meaning of each word, whose ids show, and that no answer breaks it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type VendorSample, vendorSamples } from '../../../tests/support/job-samples.ts';
import { maybeEmpty, nonEmpty } from '../../../tests/support/non-empty.ts';
import { pieceCategories } from '../../domain/usage.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { JobAnswer, JobReading, JobRequest, JobVendor, JobView } from './vendor.ts';
import { jobVendors } from './vendors.ts';

const each = nonEmpty(jobVendors).map((vendor) => {
  const sample = vendorSamples[vendor.name];
  assert.ok(sample, `a vendor without a sample: ${vendor.name}`);
  return { vendor, sample };
});

const ok = (body: JobAnswer['body']): JobAnswer => ({ status: 200, body });

function reading(vendor: JobVendor, answer: JobAnswer): JobReading {
  const read = vendor.readFetch(answer);
  assert.equal(typeof read, 'object', `${vendor.name}: ${read} for ${JSON.stringify(answer.body)}`);
  return read as JobReading;
}

/** A succeeded job whose results are what its sample has. */
function viewOf({ vendor, sample }: { readonly vendor: JobVendor; readonly sample: VendorSample }): JobView {
  const [action] = vendor.actions;
  const results = sample.results.map((result) =>
    result.startsWith('http') ? result : 'https://cdn.example/file',
  );
  return {
    id: 'job_ours',
    action: action.name,
    model: 'some-model',
    state: 'succeeded',
    progress: 100,
    failure: '',
    createdAt: 1_800_000_000,
    endedAt: 1_800_000_060,
    originId: undefined,
    upstreamId: sample.id,
    answer: sample.fetched(sample.succeeded[0]),
    results,
    result: (url) => (results.includes(url) ? `https://ours.example/${results.indexOf(url)}` : url),
    link: (path) => `https://ours.example${path}`,
  };
}

for (const { vendor, sample } of each) {
  const { name } = vendor;

  test(`${name}: every word of the vendor has its meaning, in any letter case`, () => {
    for (const state of ['running', 'succeeded', 'failed'] as const) {
      for (const word of nonEmpty(sample[state])) {
        for (const written of [word, word.toLowerCase(), word.toUpperCase()]) {
          const read = reading(vendor, ok(sample.fetched(written)));
          assert.equal(read.state, state, written);
          assert.equal(read.failure !== '', state === 'failed', written);
          const results = read.results.map((result) => ('url' in result ? result.url : result.file));
          assert.deepEqual(results, state === 'succeeded' ? sample.results : [], written);
        }
      }
    }
  });

  test(`${name}: an unknown word, an empty one and none mean that the job runs`, () => {
    const known = new Set(
      [...vendor.statuses.succeeded, ...vendor.statuses.failed].map((word) => word.toLowerCase()),
    );
    const odd = fc.oneof(
      fc.constantFrom('', ' ', undefined, null, 0, true, 'SUCCESSFUL', 'fail_soon', 'done?'),
      fc.string().filter((word) => !known.has(word.trim().toLowerCase()) && word !== 'Task not found'),
    );
    fc.assert(
      fc.property(odd, (word) => {
        const read = vendor.readFetch(ok(sample.fetched(word)));
        if (name === 'bria' && word === undefined) return;
        assert.equal(typeof read === 'string' ? read : read.state, 'running');
      }),
      { numRuns: 60 },
    );
  });

  test(`${name}: an accepted submit is known by its id`, () => {
    const read = vendor.readSubmit(ok(sample.accepted));
    assert.equal(read.kind, 'accepted', JSON.stringify(read));
    assert.equal(read.kind === 'accepted' && read.upstreamId, sample.id);
  });

  test(`${name}: an error with status 200 is a refusal, and an answer that says nothing is unclear`, () => {
    for (const body of nonEmpty(sample.refusals)) {
      const read = vendor.readSubmit(ok(body));
      assert.equal(read.kind, 'refused', JSON.stringify([body, read]));
    }
    for (const body of [undefined, {}, { data: null }]) {
      assert.equal(vendor.readSubmit(ok(body)).kind, 'unclear', JSON.stringify(body));
    }
    assert.equal(vendor.readSubmit({ status: 504, body: undefined }).kind, 'unclear');
    assert.equal(vendor.readSubmit({ status: 400, body: { message: 'no' } }).kind, 'refused');
  });

  test(`${name}: a question that fails says nothing about the job`, () => {
    assert.equal(vendor.readFetch({ status: 404, body: {} }), 'missing');
    assert.equal(vendor.readFetch({ status: 500, body: {} }), 'unclear');
    assert.equal(vendor.readFetch(ok(undefined)), 'unclear');
    const said = vendor.readFetch(ok({}));
    assert.ok(
      said === 'unclear' || (typeof said === 'object' && said.state === 'running'),
      JSON.stringify(said),
    );
  });

  test(`${name}: answers have our id in every place, our URLs of results, and the state that the job has`, () => {
    const view = viewOf({ vendor, sample });
    const { submitted, fetched } = vendor.render;
    const shown = [
      submitted({ ...view, state: 'running', answer: sample.accepted, results: [] }),
      fetched({ ...view, state: 'running', answer: sample.accepted, results: [] }),
      fetched(view),
      fetched({ ...view, answer: undefined }),
      fetched({ ...view, state: 'failed', failure: 'it did not end in time', results: [] }),
    ];
    for (const body of nonEmpty(shown)) {
      const text = JSON.stringify(body);
      assert.equal(text.includes(sample.id), false, text);
      assert.equal(text.includes('job_ours'), true, text);
    }
    const text = JSON.stringify(shown[2]);
    const [first = ''] = view.results;
    // Videos pass on the vendor's own path for the bytes as well.
    assert.equal(text.includes(first), false, text);
    assert.equal(text.includes('https://ours.example/0'), true, text);
  });

  test(`${name}: what we answer, a gateway before this one understands`, () => {
    const view = viewOf({ vendor, sample });
    const { submitted, fetched } = vendor.render;
    const accepted = vendor.readSubmit(ok(submitted({ ...view, state: 'running', answer: sample.accepted })));
    assert.equal(accepted.kind === 'accepted' && accepted.upstreamId, 'job_ours');
    for (const state of ['running', 'succeeded', 'failed'] as const) {
      for (const word of nonEmpty([...sample.running, ...sample.succeeded, ...sample.failed])) {
        const failure = state === 'failed' ? 'it did not end in time' : '';
        const body = fetched({ ...view, state, failure, answer: sample.fetched(word) });
        const read = reading(vendor, ok(JSON.parse(JSON.stringify(body))));
        assert.equal(read.state, state, `${word}: ${JSON.stringify(body)}`);
      }
    }
  });

  test(`${name}: our errors are refusals in the vendor's shape, and hold the request id`, () => {
    for (const code of nonEmpty([
      'job_not_found',
      'model_not_priced',
      'invalid_api_key',
      'draining',
    ] as const)) {
      const error = new HalleyError(code);
      const { status, body } = vendor.render.error(error, { requestId: 'req_1', compat: 'none' });
      assert.equal(status, error.status);
      assert.match(body, /req_1/);
      assert.equal(vendor.readSubmit({ status, body: JSON.parse(body) }).kind, 'refused', body);
    }
  });

  test(`${name}: what calls back is ours or nothing, whatever the client wrote`, () => {
    for (const action of nonEmpty(vendor.actions)) {
      const { callbackField: field } = action;
      const body = field === undefined ? {} : { [field]: 'https://client.example/hook' };
      const request = { params: { model: 'm', action: 'a' }, query: '', body };
      const submit = (callback: string | undefined) =>
        action.submit(request, { model: 'm', callback, originId: undefined }).set;
      if (field === undefined) {
        assert.equal(JSON.stringify(submit('https://ours.example/back')).includes('back'), false);
        continue;
      }
      assert.equal(submit('https://ours.example/back')[field], 'https://ours.example/back');
      assert.equal(field in submit(undefined) && submit(undefined)[field] === undefined, true, field);
    }
  });

  test(`${name}: no answer and no request breaks it`, () => {
    const json = fc.dictionary(
      fc.oneof(fc.constantFrom(...names), fc.string()),
      fc.jsonValue({ maxDepth: 4 }),
    );
    const nested = json.chain((inner) =>
      fc.constantFrom(...names).map((key) => ({ ...inner, [key]: { ...inner, data: inner } })),
    );
    // What JSON can hold, and `Number` and `String` cannot take.
    const odd = [{ toString: 1, valueOf: 1 }];
    const odder = fc
      .subarray([...names], { minLength: 20 })
      .map((some) => Object.fromEntries(some.map((name, at) => [name, at % 2 === 0 ? odd : odd[0]])));
    const bodies = fc.oneof(
      json,
      nested,
      odder,
      odder.map((data) => ({ data, base_resp: data, video: data })),
    );
    fc.assert(
      fc.property(bodies, fc.integer({ min: 100, max: 599 }), (body, status) => {
        vendor.readSubmit({ status, body });
        vendor.readSubmit(ok(body));
        const read = vendor.readFetch(ok(body));
        if (typeof read === 'object') assertReading(read);
        const view = { ...viewOf({ vendor, sample }), answer: body };
        JSON.stringify([vendor.render.submitted(view), vendor.render.fetched(view)]);
        const params = { id: 'x', model: 'm', owner: 'o', name: 'n', action: 'a', mode: 'mj-fast' };
        for (const action of nonEmpty(vendor.actions)) {
          assertAction(action, { params, query: 'id=x', body });
        }
      }),
      { numRuns: 100 },
    );
  });
}

const names = [
  ...[
    'id',
    'status',
    'task_id',
    'task_status',
    'code',
    'data',
    'result',
    'results',
    'output',
    'error',
    'urls',
  ],
  ...[
    'input',
    'content',
    'duration',
    'frames',
    'n',
    'resolution',
    'mode',
    'prompt',
    'message',
    'video',
    'model',
  ],
  ...[
    'taskId',
    'customId',
    'imageUrl',
    'properties',
    'base_resp',
    'request_id',
    'file_id',
    'metrics',
    'action',
  ],
] as const;

function assertReading({ progress, usage = {} }: JobReading): void {
  assert.ok(Number.isInteger(progress) && progress >= 0 && progress <= 100);
  const counts = maybeEmpty(Object.values(usage));
  assert.deepEqual(
    counts.filter((count) => !Number.isSafeInteger(count) || count < 0),
    [],
  );
}

/** A request that is checked has a bound of whole numbers; one that is not is refused by an error of ours. */
function assertAction(action: JobVendor['actions'][0], request: JobRequest): void {
  try {
    action.check(request);
  } catch (thrown) {
    assert.ok(thrown instanceof HalleyError, String(thrown));
  }
  const { pieces, variant } = action.bound(request);
  assert.ok(
    nonEmpty(pieceCategories).every((name) => Number.isSafeInteger(pieces[name]) && pieces[name] >= 0),
  );
  assert.equal(typeof variant, 'string');
  action.originOf?.(request);
  const model = action.modelOf(request);
  assert.ok(model === undefined || model !== '');
  const { path } = action.submit(request, { model: 'a/b', callback: undefined, originId: 'o' });
  assert.match(path, /^\/[^\s]*$/);
}

test('every path is of one vendor alone, and every action of a vendor has a name of its own', () => {
  const paths = jobVendors.flatMap(({ actions, calls }) => [
    ...actions.flatMap((action) => action.paths.map((path) => `POST ${path}`)),
    ...calls.flatMap(({ method, paths: some }) => some.map((path) => `${method} ${path}`)),
  ]);
  assert.deepEqual(paths.toSorted(), [...new Set(paths)].toSorted());
  for (const { vendor } of nonEmpty(each)) {
    const actions = vendor.actions.map(({ name }) => name);
    assert.deepEqual(actions, [...new Set(actions)]);
  }
  assert.deepEqual(Object.keys(vendorSamples).toSorted(), jobVendors.map(({ name }) => name).toSorted());
});
