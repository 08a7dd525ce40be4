/** Runs a command on a real terminal, and answers its questions. */
import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

/**
 * Runs on a pseudo-terminal of 60 columns, which util-linux's `script` creates.
 * @param answers each question with the text to type, in order
 * @returns all output
 */
export function onTerminal(
  t: { after(run: () => void): void },
  command: string,
  env: Readonly<Record<string, string>>,
  answers: readonly (readonly [question: string, answer: string])[] = [],
): Promise<string> {
  const child = spawn('script', ['-qec', `stty cols 60; ${command}`, '/dev/null'], {
    env: { PATH: process.env.PATH, TERM: 'xterm', ...env },
  });
  // A command that still waits for input after a failed test would block the whole file.
  t.after(() => void child.kill('SIGKILL'));
  let shown = '';
  let answered = 0;
  let answeredAt = 0;
  child.stdout.on('data', (chunk) => {
    shown += String(chunk);
    // A prompt may arrive in several chunks, so each answer waits for its own question.
    const [question, answer] = answers[answered] ?? [];
    const seen = stripVTControlCharacters(shown);
    // Control characters that follow a prompt are not the same prompt once more.
    if (question === undefined || seen.length <= answeredAt || !seen.endsWith(question)) return;
    answered += 1;
    answeredAt = seen.length;
    child.stdin.write(`${answer}\r`);
  });
  return new Promise((resolve) => {
    child.once('close', () => resolve(shown.replaceAll('\r', '')));
  });
}
