/** Every code block of the documentation is run, or read by what would read it, or says why not. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startDemoGateway } from '../clients/demo-gateway.ts';
import type { Gateway } from '../support/gateway.ts';
import { maybeEmpty, nonEmpty } from '../support/non-empty.ts';
import { type Block, blocksOf, outputOf, pages, proseOf } from './blocks.ts';
import { serveCommands } from './command-server.ts';
import { outputFault } from './output.ts';
import { programTypes, runProgram } from './programs.ts';
import { readers, readPython } from './readers.ts';
import { writeRefusedPrograms } from './refused-programs.ts';
import { runShell } from './shell.ts';

const blocks = pages.flatMap(blocksOf);
const live = blocks.filter(({ notRun }) => notRun === undefined);
const placeOf = ({ page, line }: Block) => `${page}:${line}`;
const has = (command: string) => spawnSync(command, ['--version']).error === undefined;

/** Output. What stands right below a shell block is compared with what the block writes. */
const shown = new Set(['text', 'http']);

let bin: string;
let stopCommands: () => void;
let shared: Gateway;
before(async () => {
  bin = mkdtempSync(join(tmpdir(), 'halley-docs-bin-'));
  writeRefusedPrograms(bin);
  stopCommands = await serveCommands(bin);
  shared = await startDemoGateway();
});
after(async () => {
  stopCommands();
  rmSync(bin, { recursive: true });
  await shared.stop();
});

test('every block names its language', () => {
  assert.deepEqual(blocks.filter(({ language }) => language === '').map(placeOf), []);
});

test('every page says what its commands need', () => {
  const silent: string[] = [];
  for (const page of nonEmpty(pages)) {
    const script = live
      .filter((block) => block.page === page && block.language === 'sh')
      .map(({ text }) => text)
      .join('\n');
    const prose = proseOf(page);
    const needs = (use: RegExp, made: RegExp, said: RegExp) => {
      if (use.test(script) && !made.test(script) && !said.test(prose)) silent.push(`${page}: ${said.source}`);
    };
    needs(/\$KEY\b/, /\bKEY=/, /`\$?KEY`/);
    needs(/\$HALLEY_TOKEN\b/, /\bHALLEY_TOKEN=/, /`\$?HALLEY_TOKEN`/);
    needs(
      /\bhalley (?:keys|users|channels|logs|usage|prices|jobs|audit|fleet)\b/,
      /\bHALLEY_BOOTSTRAP_TOKEN=/,
      /`\$?HALLEY_TOKEN`|\bsign(?:ed|ing)? in\b/i,
    );
  }
  assert.deepEqual(silent, []);
});

// They wait more than they work.
describe('the shell blocks of each page run', { concurrency: 3 }, () => {
  for (const page of nonEmpty(pages)) {
    const runnable = live.filter((block) => block.page === page && block.language === 'sh');
    if (runnable.length === 0) continue;
    const skip = has('curl') ? false : 'NOT TESTED: curl is not installed on this machine';
    test(page, { skip }, async (t) => {
      const { code, outputs } = await runShell(runnable, bin, shared, t.signal);
      const last = runnable[outputs.length - 1];
      assert.equal(code, 0, `${last && placeOf(last)}\n${last?.text}\n${outputs.at(-1)}`);
      for (const [at, block] of nonEmpty(runnable.entries())) {
        const output = outputs[at] ?? '';
        const fault = outputFault(output, outputOf(block, blocks));
        assert.equal(fault, undefined, `${placeOf(block)}\n${block.text}\n${output}`);
      }
    });
  }
});

test('the TypeScript and JavaScript blocks run', async () => {
  const { value } = await shared.createKey();
  for (const block of nonEmpty(live.filter(({ language }) => language in programTypes))) {
    await assert.doesNotReject(runProgram(block, shared, value), placeOf(block));
  }
});

test(
  'the python blocks can be read',
  {
    skip: has('python3') ? false : 'NOT TESTED: python3 is not installed on this machine',
  },
  () => readPython(live.filter(({ language }) => language === 'python')),
);

for (const [language, { read, missing }] of nonEmpty(Object.entries(readers))) {
  test(`the ${language} blocks can be read`, async (t) => {
    const without = missing?.();
    if (without !== undefined) t.diagnostic(`NOT READ by their program: ${language}: ${without}`);
    for (const block of nonEmpty(live.filter((each) => each.language === language))) {
      await assert.doesNotReject(async () => read(block), placeOf(block));
    }
  });
}

test('every other block says why it is not run', (t) => {
  const runs = new Set(['sh', ...Object.keys(programTypes)]);
  const reads = new Set(['python', ...Object.keys(readers)]);
  const others = live.filter(
    ({ language }) => !runs.has(language) && !reads.has(language) && !shown.has(language),
  );
  for (const language of nonEmpty(new Set(blocks.map((block) => block.language)))) {
    const all = blocks.filter((each) => each.language === language).length;
    const done = live.filter((each) => each.language === language).length;
    const verb = runs.has(language) ? 'run' : reads.has(language) ? 'read' : 'shown';
    t.diagnostic(`${language}: ${done} ${verb}, ${all - done} not run`);
  }
  for (const block of maybeEmpty(blocks))
    if (block.notRun !== undefined) t.diagnostic(`${placeOf(block)} is not run: ${block.notRun}`);
  assert.deepEqual(
    others.map((block) => `${placeOf(block)} ${block.language}`),
    [],
  );
});
