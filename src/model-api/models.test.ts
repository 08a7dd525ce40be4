import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HalleyError } from '../platform/errors.ts';
import { anthropicClientProtocol as anthropic } from '../protocols/client/anthropic.ts';
import type { ClientProtocol } from '../protocols/client/client-protocol.ts';
import { geminiClientProtocol as gemini } from '../protocols/client/gemini.ts';
import { openaiClientProtocol as openai } from '../protocols/client/openai.ts';
import type { OfferedModel } from '../upstreams/upstreams.ts';
import { renderModels } from './models.ts';

const all: readonly OfferedModel[] = ['a', 'b/c', 'd', 'e', 'f'].map((id) => ({
  id,
  protocols: ['openai', 'anthropic', 'gemini'],
  createdAt: 1_700_000_000,
}));
const openaiOnly: OfferedModel = { id: 'o', protocols: ['openai'], createdAt: 5 };

const render = (protocol: ClientProtocol, query = '', id?: string, models = all) =>
  JSON.parse(renderModels({ protocol, id }, models, query));

function refusal(protocol: ClientProtocol, query: string, id?: string): HalleyError {
  try {
    render(protocol, query, id);
  } catch (error) {
    assert.ok(error instanceof HalleyError);
    return error;
  }
  return assert.fail(`accepted ${query} ${id}`);
}

describe('renderModels', () => {
  it("gives lists and single models in each protocol's shape", () => {
    assert.deepEqual(render(openai, '', 'b/c'), {
      id: 'b/c',
      object: 'model',
      created: 1_700_000_000,
      owned_by: 'halley',
    });
    assert.equal(render(openai).object, 'list');
    assert.equal(render(openai).data.length, 5);
    const { type, id, display_name, created_at } = render(anthropic, '', 'a');
    assert.deepEqual([type, id, display_name], ['model', 'a', 'a']);
    assert.equal(created_at, '2023-11-14T22:13:20.000Z');
    assert.equal(render(gemini, '', 'b/c').name, 'models/b/c');
    assert.equal(render(gemini).models.length, 5);
    assert.deepEqual(render(anthropic, '', undefined, []), {
      data: [],
      has_more: false,
      first_id: null,
      last_id: null,
    });
  });

  it('shows what can be asked for in that protocol, by translation too', () => {
    const embedding: OfferedModel = { id: 'text-embedding-3-small', protocols: ['openai'], createdAt: 5 };
    const models = [...all, openaiOnly, embedding];
    assert.equal(render(openai, '', undefined, models).data.length, 7);
    assert.equal(render(gemini, '', undefined, models).models.length, 6);
    assert.equal(render(anthropic, '', 'o', models).id, 'o');
    assert.equal(refusal(anthropic, '', embedding.id).code, 'model_not_found');
  });

  it('walks the whole Anthropic list forwards and backwards, each model once', () => {
    const walk = (cursor: 'after_id' | 'before_id') => {
      const seen: string[][] = [];
      let query = 'limit=2';
      for (let turn = 0; turn < 10; turn++) {
        const page = render(anthropic, query);
        seen.push(page.data.map((model: { id: string }) => model.id));
        if (!page.has_more) break;
        query = `limit=2&${cursor}=${encodeURIComponent(cursor === 'after_id' ? page.last_id : page.first_id)}`;
      }
      return seen;
    };
    assert.deepEqual(walk('after_id'), [['a', 'b/c'], ['d', 'e'], ['f']]);
    const back = render(anthropic, 'limit=2&before_id=d');
    assert.deepEqual([back.first_id, back.last_id, back.has_more], ['a', 'b/c', false]);
    assert.equal(render(anthropic, 'limit=2&before_id=f').has_more, true);
  });

  it('walks the whole Gemini list, each model once', () => {
    const seen: string[] = [];
    let query = 'pageSize=2';
    for (let turn = 0; turn < 10; turn++) {
      const page = render(gemini, query);
      seen.push(...page.models.map((model: { displayName: string }) => model.displayName));
      if (!page.nextPageToken) break;
      query = `pageSize=2&pageToken=${page.nextPageToken}`;
    }
    assert.deepEqual(seen, ['a', 'b/c', 'd', 'e', 'f']);
    assert.equal(render(gemini, 'pageSize=5').nextPageToken, undefined);
  });

  it('refuses bad paging and says which parameter', () => {
    for (const query of ['limit=0', 'limit=-1', 'limit=x', 'after_id=nope', 'before_id=nope']) {
      assert.equal(refusal(anthropic, query).param, query.split('=')[0]);
    }
    for (const query of ['pageSize=0', 'pageToken=nope']) {
      assert.equal(refusal(gemini, query).param, query.split('=')[0]);
    }
  });
});
