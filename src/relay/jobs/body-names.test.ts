/** Bodies in which an upstream would read something else than what was checked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maybeEmpty, nonEmpty } from '../../../tests/support/non-empty.ts';
import { noPieces } from '../../domain/usage.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { JobRequest } from '../../protocols/jobs/vendor.ts';
import { jobVendors } from '../../protocols/jobs/vendors.ts';
import { refuseOtherCase } from './body-names.ts';

const actions = nonEmpty(jobVendors).flatMap(({ actions: some }) => some);

function refuses(action: (typeof actions)[number], body: JobRequest['body']): boolean {
  try {
    refuseOtherCase(action, { params: {}, query: '', body });
    return false;
  } catch (thrown) {
    assert.equal(thrown instanceof HalleyError && thrown.code, 'invalid_body');
    return true;
  }
}

test('what decides about price, model, origin and callback cannot be written in another letter case', () => {
  for (const action of nonEmpty(actions)) {
    const { set } = action.submit(
      { params: {}, query: '', body: {} },
      { model: 'm', callback: 'x', originId: 'o' },
    );
    const { properties } = action.schema as { readonly properties: object };
    for (const name of nonEmpty([...Object.keys(set), ...Object.keys(properties)])) {
      assert.equal(refuses(action, { [name]: 'x' }), false, name);
      assert.equal(refuses(action, { [name.toUpperCase()]: 'x' }), true, name);
      assert.equal(
        refuses(action, { [name]: 'x', [`${name.charAt(0).toUpperCase()}${name.slice(1)}`]: 'y' }),
        true,
      );
      if (/[sk]/.test(name)) {
        const odd = name.replace('s', '\u017f').replace('k', '\u212a');
        assert.equal(refuses(action, { [odd]: 'x' }), true, odd);
      }
    }
  }
});

test('what a bound reads is among them: a change of case never changes what is reserved unnoticed', () => {
  const names = [
    'seconds',
    'duration',
    'size',
    'mode',
    'sound',
    'n',
    'resolution',
    'ratio',
    'frames',
    'content',
  ];
  const more = [...names, 'input', 'width', 'height', 'aspect_ratio', 'model', 'model_name', 'version'];
  // A job that continues another is bounded by it.
  const origin = { pieces: noPieces, variant: '' };
  for (const action of nonEmpty(actions)) {
    const bound = (body: JobRequest['body']) => {
      const request = { params: {}, query: '', body };
      return JSON.stringify([
        action.bound(request, origin),
        action.modelOf(request),
        action.originOf?.(request),
      ]);
    };
    for (const name of nonEmpty(more)) {
      const values = [7, '7', 'on', { num_outputs: 7, duration: 7 }, [{ text: '--dur 7' }]];
      const counts = values.some((value) => bound({ [name]: value }) !== bound({}));
      if (counts) assert.equal(refuses(action, { [name.toUpperCase()]: 7 }), true, `${action.name} ${name}`);
    }
  }
});

test('the same holds within parts of a body, in every spelling', () => {
  const within = ['input', 'content'] as const;
  const members = ['num_outputs', 'duration', 'seconds', 'mode', 'sound', 'text'];
  const origin = { pieces: noPieces, variant: '' };
  let counted = 0;
  for (const action of nonEmpty(actions)) {
    const bound = (body: JobRequest['body']) =>
      JSON.stringify(action.bound({ params: {}, query: '', body }, origin));
    for (const part of nonEmpty(within)) {
      for (const member of nonEmpty(members)) {
        const bodies = [7, '--dur 7', 'pro', 'on'].flatMap((value) => [
          { [part]: { [member]: value } },
          { [part]: [{ [member]: value }] },
        ]);
        const counts = bodies.filter((body) => bound(body) !== bound({}));
        for (const body of maybeEmpty(counts)) {
          counted += 1;
          assert.equal(refuses(action, body), false, `${action.name} ${member}`);
          const odd = JSON.parse(JSON.stringify(body).replace(`"${member}"`, `"${member.toUpperCase()}"`));
          assert.equal(refuses(action, odd), true, `${action.name} ${JSON.stringify(odd)}`);
        }
      }
    }
  }
  assert.ok(counted >= 8, `${counted} that count`);
});

test('names that mean nothing to us pass as they are', () => {
  const [action] = actions;
  assert.ok(action);
  assert.equal(refuses(action, { Seed: 1, seed: 2, CFG: 3 }), false);
});
