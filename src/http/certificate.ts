/** Loads and checks the listener's TLS certificate and key, and reloads them when they change. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import type { Log } from '../platform/log.ts';
import { Scheduler, type Task } from '../platform/scheduler.ts';
import { SettingsError } from '../platform/settings/load.ts';

export interface CertificatePaths {
  readonly cert: string;
  readonly key: string;
}

/** A certificate with its private key. */
export interface Certificate {
  /** PEM, with the chain. */
  readonly cert: Buffer;
  readonly key: Buffer;
  /** When it expires, in seconds since 1970-01-01 UTC. */
  readonly notAfter: number;
}

/** @throws SettingsError naming the file and the remedy */
export function readCertificate(paths: CertificatePaths): Certificate {
  const cert = readFile('tls.cert_path', paths.cert);
  const key = readFile('tls.key_path', paths.key);
  const parsed = parseCertificate(paths.cert, cert);
  if (!parsed.checkPrivateKey(parseKey(paths.key, key))) {
    throw fault(
      'tls.key_path',
      paths.key,
      `is not the key of the certificate in ${paths.cert}. Name the two that belong together.`,
    );
  }
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw fault('tls.cert_path', paths.cert, `cannot be used for TLS (${reasonOf(error)}).`);
  }
  return { cert, key, notAfter: Math.floor(parsed.validToDate.getTime() / 1000) };
}

function readFile(setting: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    switch (code) {
      case 'ENOENT':
        throw fault(setting, path, 'does not exist. Set it to the path of the file.');
      case 'EACCES':
        throw fault(
          setting,
          path,
          'cannot be read by the user that Halley runs as. Make it readable for that user alone.',
        );
      default:
        throw fault(setting, path, `cannot be read (${code}).`);
    }
  }
}

function parseCertificate(path: string, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw fault('tls.cert_path', path, 'is not a certificate in PEM form (-----BEGIN CERTIFICATE-----).');
  }
}

function parseKey(path: string, pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    const cure =
      (error as NodeJS.ErrnoException).code === 'ERR_MISSING_PASSPHRASE'
        ? 'has a passphrase. Write it without one: openssl pkey -in FILE -out NEW.'
        : 'is not a private key in PEM form (-----BEGIN PRIVATE KEY-----).';
    throw fault('tls.key_path', path, cure);
  }
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

const fault = (setting: string, path: string, what: string) =>
  new SettingsError([`${setting}: ${path} ${what}`]);

export interface CertificateOptions {
  readonly paths: CertificatePaths;
  readonly clock: Clock;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}

/** The certificate in use, which follows its files. */
export class FollowedCertificate {
  readonly #options: CertificateOptions;
  #seen: string;
  #current: Certificate;
  #onChange: ((certificate: Certificate) => void) | undefined;
  #watch: Task | undefined;

  /** @throws SettingsError when the files cannot be used at the start */
  constructor(options: CertificateOptions) {
    this.#options = options;
    this.#seen = signatureOf(options.paths);
    this.#current = readCertificate(options.paths);
    this.#warnOfExpiry();
  }

  get current(): Certificate {
    return this.#current;
  }

  /** Watches the files from now on. Renewal programs write two files, or replace a symbolic link. */
  follow(onChange: (certificate: Certificate) => void): void {
    const { clock, paths } = this.#options;
    this.#onChange = onChange;
    const look = async () => {
      if (signatureOf(paths) !== this.#seen) this.reload();
    };
    this.#watch = new Scheduler(clock).every(limits.certificate_look_ms, look, () => undefined);
  }

  /** Reads the files now. It logs a pair that cannot be used, and keeps the one in use. */
  reload(): void {
    const { paths, log } = this.#options;
    this.#seen = signatureOf(paths);
    try {
      const next = readCertificate(paths);
      if (next.cert.equals(this.#current.cert) && next.key.equals(this.#current.key)) return;
      this.#onChange?.(next);
      this.#current = next;
      log.info({ not_after: new Date(next.notAfter * 1000).toISOString() }, 'certificate reloaded');
      this.#warnOfExpiry();
    } catch (error) {
      log.error({ error: reasonOf(error) }, 'the certificate cannot be reloaded; the one in use stays');
    }
  }

  #warnOfExpiry(): void {
    const { clock, log } = this.#options;
    const days = daysLeft(this.#current, clock.now());
    if (days < 0) log.error({ days }, 'the certificate has expired: clients refuse it');
    else if (days < limits.certificate_days_warned) log.warn({ days }, 'the certificate expires soon');
  }

  async stop(): Promise<void> {
    await this.#watch?.stop();
  }
}

/** Changes whenever one of the files does. */
function signatureOf({ cert, key }: CertificatePaths): string {
  return [cert, key].map(fileSignature).join(', ');
}

function fileSignature(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return 'none';
  }
}

/** Whole days until it expires; negative = it has expired. */
export function daysLeft({ notAfter }: Pick<Certificate, 'notAfter'>, nowMs: number): number {
  return Math.floor((notAfter - nowMs / 1000) / 86_400);
}
