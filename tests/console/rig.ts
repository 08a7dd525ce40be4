/** What a test file about pages runs against: one gateway with the demo upstream, root's password, and one browser. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import {
  type Credentials,
  rootCredentials,
  startBrowser,
  type TestBrowser,
  type Visit,
  type VisitOptions,
} from '../support/browser.ts';
import { compileCache } from '../support/compile-cache.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../support/gateway.ts';
import { buildPages } from './built-pages.ts';

/** What stands open before it is closed. */
export interface OpenConsole {
  readonly gateway: Gateway;
  readonly browser: TestBrowser;
  readonly root: Credentials;
  close(): Promise<void>;
}

export interface ConsoleRig extends Omit<OpenConsole, 'close'> {
  /** Opens a window with root signed in, unless said otherwise. */
  visit(t: TestContext, options?: VisitOptions): Promise<Visit>;
}

export interface ConsoleRigOptions extends GatewayOptions {
  /** Whether the gateway has the data of `npm run seed -- --demo`. */
  readonly isSeeded?: boolean;
}

/** A data directory with the demo data, and the access token of its root. */
async function seededData(): Promise<Required<Pick<GatewayOptions, 'dataDir' | 'env'>>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'halley-seeded-'));
  const env = { HALLEY_BOOTSTRAP_TOKEN: `root-${randomBytes(18).toString('base64url')}` };
  const settings = { PATH: process.env.PATH, ...compileCache, HALLEY_DATA_DIR: dataDir, ...env };
  await promisify(execFile)(process.execPath, [seed, '--demo'], { env: settings, cwd: dataDir });
  return { dataDir, env };
}

const seed = join(import.meta.dirname, '../seed/run.ts');

/** A gateway with the console's pages as their source now stands, and a browser. Close it. */
export async function openConsole(options: ConsoleRigOptions = {}): Promise<OpenConsole> {
  const { isSeeded = false, ...given } = options;
  await buildPages();
  const seeded: Partial<GatewayOptions> = isSeeded ? await seededData() : {};
  const env = { HALLEY_DEMO_ENABLED: 'true', HALLEY_DEMO_CHUNK_MS: '0', ...given.env, ...seeded.env };
  const [gateway, browser] = await Promise.all([startGateway({ ...given, ...seeded, env }), startBrowser()]);
  return {
    gateway,
    browser,
    root: await rootCredentials(gateway),
    async close() {
      await browser.close();
      await gateway.stop();
      if (seeded.dataDir !== undefined) await rm(seeded.dataDir, { recursive: true, force: true });
    },
  };
}

/**
 * Starts it before the tests of a file and stops it after them. Read its members in tests only.
 * @param options of the gateway; the demo answers at once
 */
export function startConsoleRig(options: ConsoleRigOptions = {}): ConsoleRig {
  let opened: OpenConsole | undefined;
  before(async () => {
    opened = await openConsole(options);
  });
  after(() => opened?.close());
  const started = (): OpenConsole => {
    if (opened === undefined) throw new Error('The rig starts before the first test.');
    return opened;
  };
  return {
    get gateway() {
      return started().gateway;
    },
    get browser() {
      return started().browser;
    },
    get root() {
      return started().root;
    },
    visit(t, visit = {}) {
      return this.browser.visit(t, this.gateway, { account: this.root, ...visit });
    },
  };
}
