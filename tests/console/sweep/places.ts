/** Every page of the console and every state that it has on demo data: what the sweep checks and screenshots show. */
import type { Page } from 'playwright-core';
import type { Visit } from '../../support/browser.ts';
import { dataOf, type Gateway } from '../../support/gateway.ts';
import { until } from '../../support/until.ts';
import { demoPng } from '../picture-data.ts';
import { type SomeJobs, someJobs } from './jobs.ts';

/** Things of the demo data that addresses name. */
export interface Known extends SomeJobs {
  readonly gateway: Gateway;
  /** A key of root that was used. */
  readonly keyId: number;
  readonly receiptId: number;
  /** A request that failed at its upstream after some tries, and one that was answered. */
  readonly failedId: string;
  readonly answeredId: string;
  /** Audit entries: of a changed account, and of a changed key. */
  readonly accountEntryId: number;
  readonly keyEntryId: number;
}

export interface Place {
  /** Begins with the name of its page; the name of its screenshots. */
  readonly name: string;
  readonly path: string | ((known: Known) => string);
  /** What leads from the page to the state. Knows no texts, for it works in every language. */
  readonly enter?: (visit: Visit, known: Known) => Promise<unknown>;
  /** Titles or heads of columns are names of keys, models or settings, which no catalogue has. */
  readonly hasNames?: true;
  /** Nobody is signed in. */
  readonly isSignedOut?: true;
  /** Its calls never end. */
  readonly isHeld?: true;
  /** CSS pixels; 1440 unless said otherwise. */
  readonly width?: number;
}

/** Adds what the demo data lack: a deleted key and a changed one. */
export async function knownOf(gateway: Gateway): Promise<Known> {
  const items = async (path: string) => dataOf(await gateway.call('GET', path)).items as readonly Item[];
  const first = async (path: string): Promise<Item> => {
    const [item] = await items(path);
    if (item === undefined) throw new Error(`There is nothing at ${path}.`);
    return item;
  };
  for (const name of ['staging / crawler', 'contractor laptop']) {
    const { id } = await gateway.createKey({ name });
    dataOf(await gateway.call('DELETE', `/api/token/${id}`));
  }
  const key = await first('/api/token/list?page_size=1&sort=last_used');
  // The playground may choose this key: it must work from here.
  const changed = { id: key.id, allow_ips: '10.0.0.0/8\n127.0.0.1', rpm_limit: 120 };
  await gateway.call('PUT', '/api/token', { body: changed });
  const jobs = await someJobs(gateway);
  return {
    gateway,
    ...jobs,
    keyId: key.id,
    receiptId: (await first('/api/receipt?page_size=1')).id,
    failedId: (await first('/api/log/?page_size=1&type=5')).request_id,
    answeredId: (await first('/api/log/?page_size=1&type=2')).request_id,
    accountEntryId: (await first('/api/audit?page_size=1&action=updated&object_type=account')).id,
    keyEntryId: (await first('/api/audit?page_size=1&action=updated&object_type=key')).id,
  };
}

interface Item {
  readonly id: number;
  readonly request_id: string;
}

const dialogOf = (page: Page) => page.getByRole('dialog').or(page.getByRole('alertdialog'));
const press =
  (...keys: readonly string[]) =>
  async ({ page }: Visit) => {
    for (const key of keys) await page.keyboard.press(key);
    await page.locator('[role=dialog], [role=alertdialog], [role=menu]').first().waitFor();
  };

/** Clicks one after the other: selectors that name no text. */
const click =
  (...selectors: readonly string[]) =>
  async ({ page }: Visit) => {
    for (const selector of selectors) await page.locator(selector).first().click();
  };

/** Answers all calls for data with a failure, or never. The session and the shell keep theirs. */
const withData = (answer: 'failed' | 'held', path: string): Omit<Place, 'name'> => ({
  path: '/personal',
  ...(answer === 'held' && { isHeld: true }),
  async enter({ page, expectFault }) {
    expectFault(/503/);
    const isData = (url: URL) => /^\/api\/(?!user\/self$|status)/.test(url.pathname);
    const message = 'The database does not respond. Try again in a minute.';
    await page.route(isData, (route) =>
      answer === 'held'
        ? undefined
        : route.fulfill({
            status: 503,
            headers: { 'x-request-id': '0mx1wvvpra4fc43233830db69' },
            json: { success: false, message, code: 'store_unavailable' },
          }),
    );
    await page.goto(new URL(`/console${path}`, page.url()).href);
    await page
      .locator(answer === 'held' ? '[aria-hidden=true][style*=height], [aria-busy=true]' : '[role=alert]')
      .first()
      .waitFor({ state: 'attached' });
  },
});

/** Opens the question whether a new key is deleted. */
async function askToDelete({ page, open }: Visit, { gateway }: Known): Promise<string> {
  const name = 'old notebook';
  await gateway.createKey({ name });
  await open(`/token?q=${encodeURIComponent(name)}`);
  await page.locator('td[data-sticky] button').first().click();
  await page.getByRole('menuitem').last().click();
  await dialogOf(page).locator('form input').waitFor();
  return name;
}

async function deleteKey(visit: Visit, known: Known): Promise<void> {
  const name = await askToDelete(visit, known);
  await dialogOf(visit.page).locator('form input').fill(name);
  await visit.page.keyboard.press('Enter');
  await dialogOf(visit.page).locator('a[href*="/receipt/"]').waitFor();
}

/** The calls that a deletion makes are held, so that it stays in the middle. */
async function beginDeleting(visit: Visit, known: Known): Promise<void> {
  const name = await askToDelete(visit, known);
  const { page } = visit;
  await page.route('**/api/token/deletion', () => undefined);
  await dialogOf(page).locator('form input').fill(name);
  await page.keyboard.press('Enter');
  await dialogOf(page).locator('form input:disabled').waitFor();
}

async function createKey({ page }: Visit): Promise<void> {
  await dialogOf(page).locator('input').first().fill('claude-code: new laptop');
  await page.keyboard.press('Enter');
  await dialogOf(page).locator('input[readonly]').first().waitFor();
}

async function ask({ page }: Visit): Promise<void> {
  await page.locator('form textarea').fill('Explain what a lease is.');
  await page.locator('form button[aria-disabled="false"]').click();
  await page.locator('main dl').first().waitFor();
  await until(() =>
    page
      .locator('main dl')
      .first()
      .textContent()
      .then((text) => /\$|US/.test(text ?? '')),
  );
}

/** A microphone that hears nothing: headless browsers have none. */
const silence = `navigator.mediaDevices.getUserMedia = async () =>
  new AudioContext().createMediaStreamDestination().stream`;

/** Without a microphone. */
async function connect({ page }: Visit): Promise<void> {
  await page.locator('main section button').first().click();
  await page.locator('main section form input').waitFor();
  await page.locator('main [role=status]:has(strong)').first().waitFor();
}

async function converse({ page }: Visit): Promise<void> {
  await page.evaluate(silence);
  await page.locator('main section button').first().click();
  const message = page.locator('main section form input');
  await message.fill('Explain what a lease is.');
  await page.locator('main form button[aria-disabled="false"]').click();
  await page.locator('main article', { hasText: /\$|US/ }).first().waitFor();
}

const playground = '/playground?model=demo-chat';
const picturePane = '/playground?pane=picture&model=demo-image';

async function askForPictures({ page }: Visit): Promise<void> {
  await page.locator('form textarea').fill('A fox in the snow, in soft morning light');
  await page.locator('form button[type=submit]').click();
}

async function drawPictures(visit: Visit): Promise<void> {
  await askForPictures(visit);
  await visit.page.locator('main dl > div:nth-child(4)').waitFor();
}

/** Opens the mask of a picture, and selects a part of it by keys. */
async function editPicture({ page }: Visit): Promise<void> {
  const picture = { name: 'a photo of the garden.png', mimeType: 'image/png', buffer: demoPng('garden') };
  await page.locator('input[type=file]').setInputFiles(picture);
  await page.locator('form button[aria-expanded=false]').click();
  const surface = page.getByRole('application');
  for (const key of ['ArrowUp', 'Enter', 'ArrowDown', 'ArrowRight']) await surface.press(key);
}
const talk = '/playground?pane=realtime&model=demo-realtime&push=true';

export const places: readonly Place[] = [
  { name: 'login', path: '/login', isSignedOut: true },
  {
    name: 'login-empty',
    path: '/login',
    isSignedOut: true,
    enter: click('form button[type=submit]'),
  },
  { name: 'start', path: '/start' },
  { name: 'overview', path: '/' },
  { name: 'overview-all', path: '/?days=30&scope=all' },
  { name: 'overview-table', path: '/?days=30&scope=all&view=table' },
  { name: 'overview-loading', ...withData('held', '/') },
  { name: 'overview-failed', ...withData('failed', '/') },
  { name: 'token', path: '/token?scope=managed' },
  { name: 'token-own', path: '/token' },
  { name: 'token-risk', path: '/token?scope=managed&risk=no_limit' },
  { name: 'token-empty', path: '/token?q=no+such+name' },
  { name: 'token-loading', ...withData('held', '/token') },
  { name: 'token-failed', ...withData('failed', '/token') },
  {
    name: 'token-selected',
    path: '/token',
    enter: click('thead input[type=checkbox]'),
  },
  { name: 'token-menu', path: '/token', enter: click('td[data-sticky] button') },
  { name: 'token-create', path: '/token?create=true', enter: ({ page }) => dialogOf(page).waitFor() },
  {
    name: 'token-create-all',
    path: '/token?create=true',
    enter: ({ page }) => dialogOf(page).locator('summary').click(),
  },
  {
    name: 'token-create-invalid',
    path: '/token?create=true',
    enter: click('[role=dialog] button[type=submit]'),
  },
  { name: 'token-created', path: '/token?create=true', enter: createKey },
  {
    name: 'token-discard',
    path: '/token?create=true',
    async enter({ page }) {
      await dialogOf(page).locator('input').first().fill('half typed');
      await page.keyboard.press('Escape');
      await page.locator('[role=dialog] [class*=_callout_]').waitFor();
    },
  },
  { name: 'token-edit', path: ({ keyId }) => `/token?edit=${keyId}` },
  { name: 'token-delete', path: '/token', enter: askToDelete },
  { name: 'token-deleting', path: '/token', enter: beginDeleting, isHeld: true },
  { name: 'token-deleted', path: '/token', enter: deleteKey },
  { name: 'key', path: ({ keyId }) => `/token/${keyId}`, hasNames: true },
  { name: 'key-table', path: ({ keyId }) => `/token/${keyId}?view=table&show=tokens`, hasNames: true },
  { name: 'key-unknown', path: '/token/999999' },
  { name: 'receipt', path: '/receipt' },
  { name: 'receipt-one', path: ({ receiptId }) => `/receipt/${receiptId}` },
  { name: 'receipt-empty', path: '/receipt?q=nobody' },
  { name: 'usage', path: '/usage?scope=all&period=30d' },
  { name: 'usage-table', path: '/usage?scope=all&period=30d&view=table&by=key', hasNames: true },
  { name: 'usage-rate', path: '/usage?scope=all&period=30d&metric=success&by=none' },
  { name: 'usage-empty', path: '/usage?period=2020-01-01..2020-01-02' },
  { name: 'usage-loading', ...withData('held', '/usage') },
  { name: 'usage-failed', ...withData('failed', '/usage') },
  { name: 'log', path: '/log?all=true&range=7d' },
  {
    name: 'log-filters',
    path: '/log?all=true&range=7d&state=error&min_ms=100',
    enter: click('main button[aria-expanded=false]:not([aria-haspopup])'),
  },
  { name: 'log-empty', path: '/log?model=%5B%22none%22%5D' },
  { name: 'log-loading', ...withData('held', '/log') },
  { name: 'log-failed', ...withData('failed', '/log') },
  { name: 'log-request', path: ({ answeredId }) => `/log?all=true&range=7d&request=${answeredId}` },
  { name: 'log-request-failed', path: ({ failedId }) => `/log?all=true&range=7d&request=${failedId}` },
  { name: 'task', path: '/task?all=true' },
  { name: 'task-own', path: '/task' },
  { name: 'task-filters', path: '/task?all=true&action=create&user=1&days=2020-01-01..2099-01-01' },
  { name: 'task-empty', path: '/task?q=no+such+job' },
  { name: 'task-open', path: ({ jobId }) => `/task?open=${jobId}`, hasNames: true },
  { name: 'task-held', path: ({ heldJobId }) => `/task?all=true&open=${heldJobId}`, hasNames: true },
  { name: 'task-loading', ...withData('held', '/task') },
  { name: 'task-failed', ...withData('failed', '/task') },
  { name: 'playground', path: playground },
  { name: 'playground-answered', path: playground, enter: ask },
  { name: 'playground-compare', path: `${playground}&compare=true&model2=demo-thinking`, enter: ask },
  { name: 'playground-speech', path: '/playground?pane=speech' },
  { name: 'playground-transcription', path: '/playground?pane=transcription' },
  { name: 'playground-picture', path: picturePane },
  { name: 'playground-picture-drawn', path: `${picturePane}&count=2`, enter: drawPictures },
  {
    name: 'playground-picture-open',
    path: picturePane,
    async enter(visit) {
      await drawPictures(visit);
      await visit.page.locator('main button[class*=_open_]').first().click();
      await dialogOf(visit.page).locator('img').waitFor();
    },
  },
  { name: 'playground-picture-mask', path: picturePane, enter: editPicture },
  {
    name: 'playground-picture-failed',
    path: picturePane,
    async enter(visit) {
      const answer = {
        error: { message: 'The prompt was refused by the safety system.', type: 'invalid_request_error' },
      };
      await visit.page.route('**/api/playground?*', (route) => route.fulfill({ status: 400, json: answer }));
      await visit.page.locator('input[type=file]').setInputFiles({
        ...{ name: 'a very long name of a page that is no picture.png', mimeType: 'image/png' },
        buffer: Buffer.from('<html>'),
      });
      await visit.page.locator('main form [role=status]').waitFor();
      await askForPictures(visit);
      await visit.page.locator('main [role=alert]').waitFor();
      await visit.page.unroute('**/api/playground?*');
    },
  },
  { name: 'playground-video', path: '/playground?pane=video' },
  { name: 'playground-video-done', path: ({ jobId }) => `/playground?pane=video&job=${jobId}` },
  { name: 'playground-talk', path: talk },
  { name: 'playground-talk-open', path: talk, enter: converse },
  { name: 'playground-talk-silent', path: talk, enter: connect },
  { name: 'model', path: '/model' },
  { name: 'model-open', path: '/model?q=gpt-5.4-mini&open=gpt-5.4-mini' },
  { name: 'model-empty', path: '/model?q=no+such+model' },
  { name: 'topup', path: '/topup' },
  { name: 'personal', path: '/personal' },
  { name: 'audit', path: '/audit' },
  { name: 'audit-account', path: ({ accountEntryId }) => `/audit?open=${accountEntryId}` },
  { name: 'audit-key', path: ({ keyEntryId }) => `/audit?open=${keyEntryId}` },
  { name: 'audit-empty', path: '/audit?q=no+such+name' },
  { name: 'channel', path: '/channel' },
  { name: 'channel-open', path: '/channel?open=4' },
  { name: 'channel-create', path: '/channel?create=true' },
  { name: 'user', path: '/user' },
  { name: 'user-open', path: '/user?open=3' },
  { name: 'user-create', path: '/user?create=true' },
  { name: 'user-loading', ...withData('held', '/user') },
  { name: 'price', path: '/price' },
  { name: 'price-open', path: '/price?q=gpt-5.4&open=gpt-5.4' },
  { name: 'price-groups', path: '/price?tab=groups' },
  { name: 'price-group', path: '/price?tab=groups&add=group' },
  { name: 'price-import', path: '/price?add=file' },
  { name: 'fleet', path: '/fleet' },
  { name: 'setting', path: '/setting', hasNames: true },
  { name: 'setting-empty', path: '/setting?q=no+such+setting' },
  { name: 'not-found', path: '/nowhere' },
  { name: 'shell-command-menu', path: '/token', enter: press('Control+k') },
  { name: 'shell-shortcuts', path: '/token', enter: press('?') },
  {
    name: 'shell-navigation',
    path: '/token',
    width: 360,
    async enter({ page }) {
      await page.locator('button[aria-controls=sidebar]').click();
      await page.locator('#sidebar a[aria-current]').waitFor();
    },
  },
  {
    name: 'shell-session-ended',
    path: '/token',
    async enter({ page, context }) {
      await context.clearCookies();
      await page.locator('thead button').first().click();
      await page.getByRole('dialog').waitFor();
    },
  },
];
