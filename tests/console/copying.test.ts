/** Copying the value of a key where the browser has no clipboard: on plain http away from this machine, and not at all. */
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { startConsoleRig } from './rig.ts';

const rig = startConsoleRig({ env: { HALLEY_LISTEN: '0.0.0.0:0' } });

/** An address of this machine that browsers do not trust as they trust the loopback. */
function ownAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}

const host = ownAddress();

test('on plain http the value is copied by selection; where that is refused it is selected to be copied by hand', {
  skip: host === undefined && 'this machine has no other address than the loopback',
}, async (t) => {
  const { port } = new URL(rig.gateway.url);
  const key = await rig.gateway.createKey({ name: 'on http' });
  const visit = await rig.browser.visit(t, { url: `http://${host}:${port}` }, { account: rig.root });
  visit.expectFault(/Cross-Origin-Opener-Policy header has been ignored/);
  const { page } = visit;
  await visit.open('/token');
  assert.equal(await page.evaluate('isSecureContext || "clipboard" in navigator'), false);
  await page.getByRole('button', { name: 'Copy the value of on http' }).click();
  await page.getByRole('status').getByText('Copied').waitFor();
  // What was copied, pasted.
  await page.getByRole('searchbox').focus();
  await page.keyboard.press('Control+v');
  await page.getByRole('heading', { name: 'on http', level: 1 }).waitFor();

  await page.evaluate('document.execCommand = () => false');
  await page.getByRole('button', { name: 'Copy the value of on http' }).click();
  await page.getByRole('status').getByText('The browser did not copy').waitFor();
  const shown = page.getByLabel('Value of on http', { exact: true });
  assert.equal(await shown.inputValue(), key.value);
  assert.equal(await page.evaluate('getSelection().toString()'), key.value);
  await visit.checkAccessibility();
});
