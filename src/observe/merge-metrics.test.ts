import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeMetrics } from './merge-metrics.ts';

test('each metric has one description, with the lines of every worker below it', () => {
  const of = (worker: number, more = '') =>
    `# HELP a First.\n# TYPE a counter\na{worker="${worker}"} 1\n\n# HELP b Second.\n# TYPE b gauge\nb{worker="${worker}"} 2\n${more}`;
  assert.equal(
    mergeMetrics([of(1), of(2, '\n# HELP c Third.\n# TYPE c gauge\nc{worker="2"} 3\n'), '']),
    `# HELP a First.
# TYPE a counter
a{worker="1"} 1
a{worker="2"} 1

# HELP b Second.
# TYPE b gauge
b{worker="1"} 2
b{worker="2"} 2

# HELP c Third.
# TYPE c gauge
c{worker="2"} 3
`,
  );
});
