/** Prints a receipt for people. */
import type { ReceiptNode, SignedReceipt } from '../domain/receipt.ts';
import { visible } from './display.ts';
import type { Terminal } from './terminal.ts';

const moment = (ms: number | null): string => (ms === null ? 'not known' : new Date(ms).toISOString());

const ways: Record<ReceiptNode['way'], string> = {
  made: 'made the deletion',
  acknowledged: 'acknowledged',
  lease_over: 'was silent until its lease was over',
  left: 'left',
  interrupted: 'made the deletion, and did not see its confirmation',
};

function lastAdmission({ kind, ms }: ReceiptNode['last_admission']): string {
  if (kind === 'at') return `last request admitted ${moment(ms)}`;
  if (kind === 'none_since') return `no request admitted since ${moment(ms)}`;
  return `last request not known, but not after ${moment(ms)}`;
}

export function printReceipt(terminal: Terminal, { receipt, signature }: SignedReceipt): void {
  const { key, requested_by: by } = receipt;
  const who = by.account_name === '' ? by.credential : `${by.account_name} (${by.credential})`;
  terminal.print(`Receipt ${receipt.id}, ${receipt.state}: key ${key.id} "${visible(key.name)}"`);
  terminal.print(`  SHA-256      ${visible(key.digest_prefix)}…`);
  terminal.print(`  asked by     ${visible(who)} from ${visible(by.address || 'this machine')}`);
  terminal.print(`  committed    ${moment(receipt.committed_at_ms)}`);
  terminal.print(`  dead since   ${moment(receipt.confirmed_at_ms)}, on every node`);
  for (const { name, way, confirmed_at_ms, ended, last_admission } of receipt.nodes) {
    terminal.print(`  node ${visible(name)}: ${ways[way]} at ${moment(confirmed_at_ms)}`);
    terminal.print(`    ${ended ?? 'not known how many'} requests ended; ${lastAdmission(last_admission)}`);
  }
  if (receipt.open_jobs)
    terminal.print(`  jobs         ${receipt.open_jobs} had not ended, and nobody can fetch them`);
  terminal.print(`  signed by    ${visible(signature?.key_id ?? 'nobody yet')}`);
}
