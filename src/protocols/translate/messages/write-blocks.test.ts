import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChannelOptions } from '../../../domain/channel-options.ts';
import type { JsonObject } from '../../protocol.ts';
import type { Part, RequestForm, Turn } from '../form/request.ts';
import {
  call,
  form,
  type Given,
  look,
  png,
  refuses,
  result,
  results,
  says,
  user,
  write,
} from './test-forms.ts';

describe('tool calls and results', () => {
  const blocks = (request: RequestForm, at: number) => {
    const content = write(request).body.messages[at]?.content;
    return Array.isArray(content) ? (content as unknown as JsonObject[]) : [];
  };

  it('stand first in the one message after the calls, in the order of the calls', () => {
    const turns = [
      user('1'),
      says(call('a'), call('b')),
      results({ kind: 'text', text: 'before' }, result('b')),
      results(result('a'), { kind: 'image', source: { type: 'base64', mediaType: 'image/png', data: png } }),
    ];
    assert.deepEqual(
      blocks(form(turns), 2).map(({ type, tool_use_id }) => tool_use_id ?? type),
      ['a', 'b', 'text', 'image'],
    );
  });

  it('that are missing are errors, also at the end', () => {
    const missing = {
      type: 'tool_result',
      tool_use_id: 'b',
      content: [
        { type: 'text', text: 'There is no result: the call was cancelled or its result was not kept.' },
      ],
      is_error: true,
    };
    const turns = [user('1'), says(call('a'), call('b')), results(result('a')), user('2')];
    assert.deepEqual(blocks(form(turns), 2)[1], missing);
    assert.deepEqual(blocks(form([user('1'), says(call('b'))]), 2), [missing]);
  });

  it('that come late move to their calls', () => {
    const turns = [
      user('1'),
      says(call('a')),
      user('2'),
      says({ kind: 'text', text: '3' }),
      results(result('a'), ...user('4').parts),
    ];
    assert.deepEqual(
      blocks(form(turns), 2).map(({ type }) => type),
      ['tool_result', 'text'],
    );
    assert.equal(write(form(turns)).body.messages[4]?.content, '4');
  });

  it('belong to the latest call of their id', () => {
    const turns = [user('1'), says(call('c')), user('2'), says(call('c')), results(result('c', 'y'))];
    assert.equal(blocks(form(turns), 2)[0]?.is_error, true);
    assert.deepEqual(blocks(form(turns), 4)[0]?.content, [{ type: 'text', text: 'y' }]);
  });

  it('without a call are refused', () => {
    refuses(form([user('1'), says(call('a')), results(result('z'))]), 'messages');
  });

  it('have ids that the API accepts, the same for call and result', () => {
    const id = 'functions.web_fetch:0';
    const turns = [user('1'), says(call(id)), results(result(id))];
    const [use] = blocks(form(turns), 1);
    assert.match(String(use?.id), /^[a-zA-Z0-9_-]{1,64}$/);
    assert.equal(blocks(form(turns), 2)[0]?.tool_use_id, use?.id);
  });

  it('whose ids occur again in a later turn get one of their own', () => {
    const turns = [
      user('1'),
      says(call('c')),
      results(result('c', 'x')),
      says(call('c')),
      results(result('c', 'y')),
    ];
    const ids = [1, 2, 3, 4]
      .map((at) => blocks(form(turns), at)[0])
      .map((block) => block?.id ?? block?.tool_use_id);
    assert.deepEqual([ids[0], ids[2]], [ids[1], ids[3]]);
    assert.notEqual(ids[0], ids[2]);
    assert.deepEqual(blocks(form(turns), 4)[0]?.content, [{ type: 'text', text: 'y' }]);
  });

  it('keep numbers as they are written', () => {
    const turns = [
      user('1'),
      says(call('a', { arguments: '{"id":12345678901234567890,"x":1.50}' })),
      results(result('a')),
    ];
    assert.match(JSON.stringify(write(form(turns)).body), /"input":\{"id":12345678901234567890,"x":1\.50\}/);
  });

  it('with arguments that are no object are wrapped, with a signal; none are {}', () => {
    const input = (text: string) => {
      const { body, dropped } = write(
        form([user('1'), says(call('a', { arguments: text })), results(result('a'))]),
      );
      const content = body.messages[1]?.content as unknown as JsonObject[];
      return [content[0]?.input, dropped];
    };
    assert.deepEqual(input(''), [{}, []]);
    assert.deepEqual(input('{"a":'), [{ arguments: '{"a":' }, ['arguments']]);
    assert.deepEqual(input('[1]'), [{ arguments: '[1]' }, ['arguments']]);
    assert.deepEqual(input('12345678901234567890'), [{ arguments: '12345678901234567890' }, ['arguments']]);
  });

  it('say is_error, and hold images', () => {
    const image = { kind: 'image', source: { type: 'base64', mediaType: 'image/jpeg', data: png } } as const;
    const turns = [
      user('1'),
      says(call('a')),
      results(result('a', ' ', { isError: true, parts: [{ kind: 'text', text: ' ' }, image] })),
    ];
    assert.deepEqual(blocks(form(turns), 2)[0], {
      type: 'tool_result',
      tool_use_id: 'a',
      // Declared as JPEG.
      content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }],
      is_error: true,
    });
  });
});

describe('thinking of earlier turns', () => {
  const signed = (text: string): Part => ({
    kind: 'reasoning',
    text,
    carried: { provider: 'anthropic', blob: 'c2ln' },
  });
  const content = (...parts: readonly Part[]) => {
    const { body, dropped } = write(form([user('1'), says(...parts), user('2')]));
    return [body.messages[1]?.content, dropped];
  };
  const text = { type: 'text', text: 'x' };

  it('goes back in place, with its signature, empty too', () => {
    const redacted: Part = {
      kind: 'reasoning',
      text: '',
      carried: { provider: 'anthropic', blob: 'ZGF0YQ' },
      isRedacted: true,
    };
    assert.deepEqual(content(signed('why'), signed(''), redacted, { kind: 'text', text: 'x' }), [
      [
        { type: 'thinking', thinking: 'why', signature: 'c2ln' },
        { type: 'thinking', thinking: '', signature: 'c2ln' },
        { type: 'redacted_thinking', data: 'ZGF0YQ' },
        text,
      ],
      [],
    ]);
  });

  it('is dropped with a signal if unsigned or of another provider', () => {
    const unsigned: Part = { kind: 'reasoning', text: 'why', carried: undefined };
    const foreign: Part = { kind: 'reasoning', text: 'why', carried: { provider: 'openai', blob: 'b' } };
    assert.deepEqual(content(unsigned, foreign, { kind: 'text', text: 'x' }), ['x', ['reasoning']]);
  });

  it('is dropped with a signal at the end of a message', () => {
    assert.deepEqual(content({ kind: 'text', text: 'x' }, signed('why')), ['x', ['reasoning']]);
    const { body } = write(form([user('1'), says(signed('why')), user('2')]));
    assert.equal(body.messages.length, 1);
  });

  it('that was lost keeps models with budgets from thinking on', () => {
    const reasoning = { effort: 'low', budgetTokens: undefined, isShown: undefined } as const;
    const asks = (...parts: readonly Part[]) =>
      write(
        form([user('1'), says(...parts, call('a')), results(result('a'))], {
          reasoning,
          maxOutputTokens: 9000,
        }),
        { model: 'claude-sonnet-4-5' },
      ).body.thinking?.type;
    assert.equal(asks(), 'disabled');
    assert.equal(asks(signed('why')), 'enabled');
  });
});

describe('media', () => {
  const block = (part: Part, given: Given = {}) => {
    const { body, dropped } = write(form([results(part, { kind: 'text', text: 'x' })]), given);
    const content = body.messages[0]?.content as unknown as JsonObject[];
    return [content[0], dropped];
  };
  const base64 = (mediaType: string, data: string) => ({ type: 'base64', mediaType, data }) as const;

  it('are images by bytes or URL', () => {
    assert.deepEqual(block({ kind: 'image', source: { type: 'url', url: 'https://a/b.png' } })[0], {
      type: 'image',
      source: { type: 'url', url: 'https://a/b.png' },
    });
    for (const [mediaType, data] of [
      ['image/jpeg', '/9j/4AAQSkZJRgABAQAAAQABAAD/'],
      ['image/gif', 'R0lGODlhAQABAIAAAAAAAP///yH5'],
      ['image/webp', Buffer.from('RIFF\x10\x00\x00\x00WEBPVP8 ', 'latin1').toString('base64')],
    ] as const) {
      const sent = block({ kind: 'image', source: base64('image/png', data) })[0] as { source: JsonObject };
      assert.equal(sent.source.media_type, mediaType);
    }
    assert.throws(() => block({ kind: 'image', source: base64('image/bmp', 'Qk0') }), { param: 'image' });
  });

  it('are documents: PDF, plain text, URLs', () => {
    const pdf = Buffer.from('%PDF-1.7 x').toString('base64');
    assert.deepEqual(
      block({ kind: 'file', source: base64('application/octet-stream', pdf), filename: 'a.pdf' })[0],
      {
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data: pdf },
        title: 'a.pdf',
      },
    );
    const plain = Buffer.from('Grüße').toString('base64');
    assert.deepEqual(block({ kind: 'file', source: base64('text/markdown', plain) })[0], {
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data: 'Grüße' },
    });
    assert.deepEqual(block({ kind: 'file', source: { type: 'url', url: 'https://a/b' } })[0], {
      type: 'document',
      source: { type: 'url', url: 'https://a/b' },
    });
    assert.throws(() => block({ kind: 'file', source: base64('application/zip', 'UEsD') }), {
      param: 'file',
    });
  });

  it('are refused where the API has none of the kind', () => {
    for (const kind of ['audio', 'video'] as const) {
      const part = { kind, source: base64(`${kind}/x`, 'AAAA') };
      assert.throws(() => block(part), { param: kind });
      assert.deepEqual(block(part, { policy: 'lenient' }), [{ type: 'text', text: 'x' }, [kind]]);
    }
    const image: Part = { kind: 'image', source: base64('image/png', png) };
    refuses(form([user('1'), says(image, { kind: 'text', text: '2' }), user('3')]), 'image');
  });
});

describe('marks of the prompt cache', () => {
  const cache = { ttl: undefined } as const;

  it('stand where they stood, also after results were merged', () => {
    const turns = [
      user('1'),
      says(call('a')),
      results({ kind: 'text', text: 'x', cache: { ttl: '1h' } }),
      results(result('a', 'a', { cache: { ttl: '5m' } })),
    ];
    const { body } = write(form(turns));
    const content = body.messages[2]?.content as unknown as JsonObject[];
    assert.deepEqual(
      content.map(({ type, cache_control }) => [type, cache_control]),
      [
        ['tool_result', { type: 'ephemeral', ttl: '5m' }],
        ['text', { type: 'ephemeral', ttl: '1h' }],
      ],
    );
  });

  it('have the nearest longer lifetime, with a signal where there is none', () => {
    const sent = (ttl: '30m' | '12h') => {
      const { body, dropped } = write(form([results({ kind: 'text', text: 'x', cache: { ttl } })]));
      const content = body.messages[0]?.content as unknown as JsonObject[];
      return [content[0]?.cache_control, dropped];
    };
    assert.deepEqual(sent('30m'), [{ type: 'ephemeral', ttl: '1h' }, []]);
    assert.deepEqual(sent('12h'), [{ type: 'ephemeral', ttl: '1h' }, ['cache_control']]);
  });

  it('are four at most, over tools, instructions and messages: the last ones', () => {
    const marked = (text: string): Part => ({ kind: 'text', text, cache });
    const turns: readonly Turn[] = [
      { role: 'system', parts: [marked('s')] },
      results(marked('1'), marked('2')),
      says(call('a', { cache })),
      results(result('a', 'a', { cache, parts: [{ kind: 'text', text: 'in', cache }] })),
    ];
    const { body, dropped } = write(form(turns, { tools: [{ ...look, cache }] }));
    const text = JSON.stringify(body);
    assert.equal(text.split('"cache_control"').length - 1, 4);
    assert.deepEqual(dropped, ['cache_control']);
    assert.deepEqual(body.system, [{ type: 'text', text: 's' }]);
    assert.match(text, /"text":"2","cache_control"/);
    assert.doesNotMatch(text, /"text":"1","cache_control"/);
    assert.deepEqual(write(form([results(...turns.slice(1, 2).flatMap(({ parts }) => parts))])).dropped, []);
  });

  it('are added by option where the client sets none', () => {
    const sent = (part: Part, options: ChannelOptions) =>
      write(form([results(part)]), { options }).body.cache_control;
    assert.deepEqual(sent({ kind: 'text', text: 'x' }, { adds_cache_marks: '1h' }), {
      type: 'ephemeral',
      ttl: '1h',
    });
    assert.equal(sent({ kind: 'text', text: 'x' }, {}), undefined);
    assert.equal(sent({ kind: 'text', text: 'x', cache }, { adds_cache_marks: '1h' }), undefined);
  });
});
