/** Finds out what `halley init` writes: from flags, by questions on a terminal, or by defaults. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readCertificate } from '../http/certificate.ts';
import { isLoopback } from '../http/plain-credentials.ts';
import { problemOf, SettingsError } from '../platform/settings/load.ts';
import { settingList } from '../platform/settings/reference.ts';
import { usageError } from './exit-codes.ts';
import { databases, type InitOptions, tlsWays } from './init-options.ts';
import type { FileSettings } from './settings-file.ts';
import { readSecretFile, type Terminal } from './terminal.ts';
import { parseList } from './values.ts';

export interface Asking {
  readonly terminal: Terminal;
  readonly options: InitOptions;
  /** @returns why a database cannot be used, or undefined */
  readonly tryDatabase: (url: string) => Promise<string | undefined>;
}

const databaseVariable = 'HALLEY_DATABASE_URL';

/**
 * @returns the settings to write
 * @throws CliError when flags contradict each other, or a value is missing and nobody can be asked
 */
export async function chooseSettings(asking: Asking): Promise<FileSettings> {
  const given: Record<string, unknown> = {};
  given.data_dir = resolve(
    await answerFor(asking, 'data_dir', {
      question: 'Data directory',
      flag: asking.options.dataDir,
      fallback: resolve('halley-data'),
    }),
  );
  const url = await chooseDatabase(asking);
  if (url !== undefined) given['database.url'] = url;
  const listen = await answerFor(asking, 'listen', {
    question: 'Address and port to listen on',
    flag: asking.options.listen,
    fallback: '127.0.0.1:8787',
  });
  given.listen = listen;
  Object.assign(given, await chooseTls(asking, listen));
  const publicUrl = await answerFor(asking, 'public_url', {
    question: 'Public URL, such as https://ai.example.com (- for none)',
    flag: asking.options.publicUrl,
    fallback: isAsked(asking) ? urlOfCertificate(given['tls.cert_path'], listen) : '-',
    none: '-',
  });
  if (publicUrl !== '-') given.public_url = publicUrl;
  given['demo.enabled'] =
    asking.options.demo ??
    (await choose(asking, 'Keep the built-in demo model', ['yes', 'no'], 'yes')) === 'yes';
  return given;
}

const isAsked = ({ terminal, options }: Asking): boolean => terminal.canAsk && options.yes === undefined;

interface Question {
  readonly question: string;
  /** The value of the flag, which spares the question. */
  readonly flag: string | undefined;
  readonly fallback: string;
  /** The answer that means no value. */
  readonly none?: string;
}

/** Asks until the answer is a value of the setting. */
async function answerFor(
  asking: Asking,
  name: string,
  { question, flag, fallback, none }: Question,
): Promise<string> {
  const problemWith = (text: string, place: string): string | undefined =>
    text === none ? undefined : problemIn(name, text, place);
  if (flag !== undefined) {
    const problem = problemWith(flag, `--${name.replace(/^.*\./, '').replaceAll('_', '-')}`);
    if (problem !== undefined) throw usageError(problem);
    return flag;
  }
  if (!isAsked(asking)) return fallback;
  for (;;) {
    const answer = (await asking.terminal.ask(`${question} [${fallback}]: `)).trim() || fallback;
    const problem = problemWith(answer, 'The answer');
    if (problem === undefined) return answer;
    asking.terminal.warn(problem);
  }
}

function problemIn(name: string, text: string, place: string): string | undefined {
  const setting = settingList.find((one) => one.name === name);
  if (!setting) throw new Error(`there is no setting ${name}`);
  return problemOf({ setting, value: setting.kind === 'list' ? parseList(text) : text, place });
}

/** Asks until the answer is one of a few words, or the first letter of one. */
async function choose<Word extends string>(
  asking: Asking,
  question: string,
  words: readonly Word[],
  fallback: Word,
): Promise<Word> {
  if (!isAsked(asking)) return fallback;
  for (;;) {
    const answer = (await asking.terminal.ask(`${question} (${words.join('/')}) [${fallback}]: `)).trim();
    const meant = words.filter((word) => answer !== '' && word.startsWith(answer.toLowerCase()));
    if (answer === '') return fallback;
    if (meant[0] !== undefined && meant.length === 1) return meant[0];
    asking.terminal.warn(`Answer with one of: ${words.join(', ')}.`);
  }
}

/** @returns the address to write; undefined for SQLite, and when the environment has it */
async function chooseDatabase(asking: Asking): Promise<string | undefined> {
  const { terminal, options } = asking;
  const inEnvironment = terminal.env[databaseVariable] || undefined;
  const isFlag = options.databaseUrlFile !== undefined;
  const settled = options.database ?? (isFlag || inEnvironment !== undefined ? 'postgres' : undefined);
  const kind =
    settled ??
    (await choose(asking, 'Database: SQLite in the data directory, or PostgreSQL', databases, 'sqlite'));
  if (kind === 'sqlite') {
    if (isFlag) throw usageError('--database-url-file is for --database postgres.');
    if (inEnvironment !== undefined)
      throw usageError(`${databaseVariable} is set, and would override --database sqlite. Unset it.`);
    return undefined;
  }
  if (isFlag || inEnvironment !== undefined || !isAsked(asking)) {
    const url =
      options.databaseUrlFile === undefined ? inEnvironment : readSecretFile(options.databaseUrlFile).trim();
    if (url === undefined) {
      throw usageError(
        `There is no terminal to ask for the address of the database. Give --database-url-file, or set ${databaseVariable}.`,
      );
    }
    const problem =
      problemIn('database.url', url, 'The address of the database') ?? (await asking.tryDatabase(url));
    if (problem !== undefined) throw usageError(problem);
    return isFlag ? url : undefined;
  }
  for (;;) {
    const url = (
      await terminal.askSecret('Address postgres://user:password@host:port/database (not shown): ')
    ).trim();
    const problem = problemIn('database.url', url, 'The answer') ?? (await asking.tryDatabase(url));
    if (problem === undefined) return url;
    terminal.warn(problem);
  }
}

/** @returns what the listener needs for it: the files of a certificate, or the addresses of proxies */
async function chooseTls(asking: Asking, listen: string): Promise<FileSettings> {
  const { certPath, keyPath, trustedProxies } = asking.options;
  const hasFiles = certPath !== undefined || keyPath !== undefined;
  const host = listen.slice(0, listen.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
  const usual = isLoopback(host) || host === 'localhost' ? 'none' : 'halley';
  const settled =
    asking.options.tls ?? (hasFiles ? 'halley' : trustedProxies === undefined ? undefined : 'proxy');
  const way =
    settled ??
    (isAsked(asking)
      ? await choose(asking, 'HTTPS by Halley, by a proxy in front, or by none', tlsWays, usual)
      : 'none');
  if (hasFiles && way !== 'halley') throw usageError('--cert-path and --key-path are for --tls halley.');
  if (trustedProxies !== undefined && way !== 'proxy')
    throw usageError('--trusted-proxies is for --tls proxy.');
  if (way === 'halley') return chooseCertificate(asking);
  if (way === 'none') return {};
  const proxies = await answerFor(asking, 'http.trusted_proxies', {
    question: 'Addresses of the proxy, as Halley sees them',
    flag: trustedProxies,
    fallback: '127.0.0.1,::1',
  });
  return { 'http.trusted_proxies': parseList(proxies) };
}

async function chooseCertificate(asking: Asking): Promise<FileSettings> {
  const { certPath, keyPath } = asking.options;
  if (!isAsked(asking) && (certPath === undefined || keyPath === undefined))
    throw usageError('There is no terminal to ask for the certificate. Give --cert-path and --key-path.');
  for (;;) {
    const cert = resolve(
      await answerFor(asking, 'tls.cert_path', {
        question: 'File with the certificate and its chain',
        flag: certPath,
        fallback: '/etc/halley/fullchain.pem',
      }),
    );
    const key = resolve(
      await answerFor(asking, 'tls.key_path', {
        question: 'File with its private key',
        flag: keyPath,
        fallback: '/etc/halley/privkey.pem',
      }),
    );
    try {
      readCertificate({ cert, key });
      return { 'tls.cert_path': cert, 'tls.key_path': key };
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      if (certPath !== undefined && keyPath !== undefined) throw error;
      asking.terminal.warn(error.problems.join(' '));
    }
  }
}

/** @returns the URL of the first name in a certificate; `-` when there is none */
function urlOfCertificate(path: unknown, listen: string): string {
  if (typeof path !== 'string') return '-';
  const { subjectAltName = '' } = new X509Certificate(readFileSync(path));
  const name = /DNS:([\w.-]+)/.exec(subjectAltName)?.[1];
  const port = listen.slice(listen.lastIndexOf(':') + 1);
  return name === undefined ? '-' : `https://${name}${port === '443' ? '' : `:${port}`}`;
}
