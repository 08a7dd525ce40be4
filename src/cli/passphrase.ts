/** Reads the passphrase of a backup: from a file, standard input or the terminal, never from the command line. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { passphraseCharsMin } from '../store/backup/sealed-secret.ts';
import { usageError } from './exit-codes.ts';
import { readSecretFile, type Terminal } from './terminal.ts';

/**
 * @param file value of `--passphrase-file`; `-` means standard input
 * @param isNew whether this is a new passphrase, which the user must type twice
 * @throws CliError when there is no passphrase, standard input is not a terminal, or a new passphrase is too short
 */
export async function readPassphrase(
  terminal: Terminal,
  file: string | undefined,
  isNew: boolean,
): Promise<string> {
  const given = file === undefined ? await ask(terminal, isNew) : readSecretFile(file);
  if (given === '') throw usageError('The passphrase is empty.');
  if (isNew && [...given].length < passphraseCharsMin) {
    throw usageError(`The passphrase is too short: it needs at least ${passphraseCharsMin} characters.`);
  }
  return given;
}

async function ask({ canAsk }: Terminal, isNew: boolean): Promise<string> {
  if (!canAsk) {
    throw usageError(
      isNew
        ? 'Add --passphrase-file <file> (- is standard input) to seal the server secret into the backup, or --without-secret to leave it out.'
        : 'Add --passphrase-file <file> (- is standard input): the server secret of the backup is sealed by a passphrase.',
    );
  }
  const first = await askHidden('Passphrase of the backup: ');
  if (isNew && (await askHidden('The same again: ')) !== first)
    throw usageError('The two passphrases differ.');
  return first;
}

/** Asks a question without echoing the input. */
async function askHidden(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await reader.question('');
  } finally {
    reader.close();
    process.stderr.write('\n');
  }
}
