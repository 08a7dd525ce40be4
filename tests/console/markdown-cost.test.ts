import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCostlyMarkdown } from '../../console/features/model-request/markdown-cost.ts';

const answer = [
  '# Sorting',
  '-'.repeat(80),
  '> A quote\n> > in a quote',
  '- one\n  - two\n    - three\n\n1. first\n2. second',
  `${'Use **merge sort** or _quick sort_, see [the notes](https://example.com). '.repeat(40)}`,
  `\`\`\`ts\n${'const sorted = [...values].sort((a, b) => a - b);\n'.repeat(60)}\`\`\``,
].join('\n\n');

test('an ordinary answer is drawn as Markdown', () => {
  assert.equal(isCostlyMarkdown(answer, true), false);
  assert.equal(isCostlyMarkdown(`${answer}\n\n`.repeat(8), false), false);
});

const costly = {
  quotes: '>'.repeat(5000),
  'quotes with spaces': `text\n${' > '.repeat(200)}quoted`,
  lists: `${'- '.repeat(3000)}a`,
  'numbered lists': '1. '.repeat(3000),
  emphasis: `${'*'.repeat(8000)}strong${'*'.repeat(8000)}`,
  'crossed emphasis': '*a_b'.repeat(5000),
  pictures: `${'!['.repeat(2000)}a${'](b)'.repeat(2000)}`,
  code: '`a'.repeat(9000),
  length: 'a\n\n'.repeat(20_000),
};

for (const [what, text] of Object.entries(costly)) {
  test(`an answer made of ${what} is drawn as text`, () => {
    assert.equal(isCostlyMarkdown(text, false), true);
  });
}
