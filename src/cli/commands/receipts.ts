/** `halley receipts`: receipts of deleted keys, and their verification without a gateway. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { SignedReceipt } from '../../domain/receipt.ts';
import { parseStrictJson } from '../../http/strict-json.ts';
import {
  type PublicReceiptKey,
  type SignatureFault,
  verifyReceipt,
} from '../../revocation/receipt-signature.ts';
import { asRecord, createClient } from '../client.ts';
import { type Context, connect, defaultUrl, examples, type RemoteOptions, remote } from '../context.ts';
import { printJson, visible } from '../display.ts';
import { CliError, exitCodes, usageError } from '../exit-codes.ts';
import { type Fields, type ListOptions, listOptions, printList, timeColumn } from '../listing.ts';
import { printReceipt } from '../receipt-record.ts';
import type { Column } from '../table.ts';
import { parseId } from '../values.ts';

const path = '/api/receipt/';
const keysPath = '/.well-known/halley-receipt-keys.json';

interface ReceiptListOptions extends ListOptions {
  readonly key?: string;
  readonly name?: string;
  readonly anyAccount?: true;
  readonly account?: string;
}

const receiptIn = (fields: Fields): SignedReceipt['receipt'] => fields.receipt as SignedReceipt['receipt'];

const columnsOf = (context: Context, options: ReceiptListOptions): readonly Column<Fields>[] => [
  { head: 'ID', full: (each) => visible(receiptIn(each).id) },
  { head: 'KEY', full: (each) => visible(receiptIn(each).key.id) },
  { head: 'NAME', full: (each) => visible(receiptIn(each).key.name), shrinksTo: 12 },
  { head: 'STATE', full: (each) => visible(receiptIn(each).state) },
  { head: 'NODES', full: (each) => visible(receiptIn(each).nodes.length), rank: 2 },
  { head: 'BY', full: (each) => visible(receiptIn(each).requested_by.account_name), rank: 1 },
  timeColumn(context, options, 'DELETED', (each) => Math.floor(receiptIn(each).recorded_at_ms / 1000)),
];

function addList(receipts: Command, context: Context): void {
  const command = listOptions(
    receipts.command('list').description('list receipts of deleted keys, newest first'),
    'receipts',
  )
    .option('--key <id>', 'of the key with this id', parseId)
    .option('--name <name>', 'of keys with exactly this name')
    .option('--any-account', 'of keys of all accounts that you manage; for administrators')
    .option('--account <id>', 'of keys of this account that you manage; for administrators', parseId)
    .action(async (options: ReceiptListOptions) => {
      const { key, name, anyAccount, account } = options;
      const listing = {
        path,
        query: {
          key_id: key,
          keyword: name,
          scope: anyAccount || account !== undefined ? 'managed' : undefined,
          user_id: account,
        },
        flags: { key_id: '--key', keyword: '--name', scope: '--any-account', user_id: '--account' },
        byCursor: false,
        nouns: 'receipts',
        columns: columnsOf(context, options),
      };
      await printList(context, connect(context, options), listing, options);
    });
  examples(command, 'halley receipts list', 'halley receipts list --name website --any-account');
}

function addShow(receipts: Command, context: Context): void {
  const command = remote(
    receipts
      .command('show <id>')
      .description('show a receipt; --json prints the signed document, which anybody can verify')
      .option('--key', '<id> is the id of the key'),
  ).action(async (id: string, options: RemoteOptions & { readonly key?: true }) => {
    const from = `${path}${options.key ? 'key/' : ''}${parseId(id)}`;
    const data = asRecord(await connect(context, options).call({ path: from }));
    if (options.json) printJson(context.terminal, data);
    else printReceipt(context.terminal, data as unknown as SignedReceipt);
  });
  examples(command, 'halley receipts show 7', 'halley receipts show 12 --key --json > receipt.json');
}

interface VerifyOptions extends RemoteOptions {
  readonly keys?: string;
}

const faults: Record<SignatureFault, string> = {
  unsigned:
    'The receipt is not signed: its deletion was not confirmed yet when it was fetched. Fetch it again.',
  unknown_key: 'None of the public keys has signed this receipt. Is it from another gateway?',
  altered: 'The receipt was altered: its signature is not valid.',
};

function addVerify(receipts: Command, context: Context): void {
  const command = remote(
    receipts
      .command('verify <file>')
      .description('check the signature of a receipt; exit code 0 = it is genuine, 1 = it is not')
      .option('--keys <file-or-url>', `public keys; default: those of the gateway, at ${keysPath}`),
  ).action(async (file: string, options: VerifyOptions) => {
    const signed = readReceipt(file);
    const keys = await readKeys(context, options);
    const fault = verifyReceipt(signed, keys);
    if (options.json) printJson(context.terminal, { genuine: fault === undefined, fault: fault ?? null });
    if (fault !== undefined) throw new CliError(exitCodes.failure, faults[fault]);
    if (options.json) return;
    context.terminal.print(`Genuine: signed by key ${visible(signed.signature?.key_id)}.`);
    printReceipt(context.terminal, signed);
  });
  examples(
    command,
    'halley receipts verify receipt.json --keys keys.json',
    'halley receipts verify receipt.json --keys https://gateway.example',
  );
}

/** @throws CliError when the file holds no receipt */
function readReceipt(file: string): SignedReceipt {
  const found = asRecordOrNone(parseFile(file));
  // A response of the API holds it in `data`.
  const signed = asRecordOrNone(found?.data) ?? found;
  if (asRecordOrNone(signed?.receipt) === undefined) throw usageError(`${file} holds no receipt.`);
  return signed as unknown as SignedReceipt;
}

/** Bounds of a receipt of a thousand nodes, and more. */
const fileBounds = { depthMax: 16, namesMax: 100_000, valuesMax: 100_000 };

/** Strict: a text in which a member stands twice would be verified by one of them, and read by the other. */
function parseFile(file: string): unknown {
  try {
    return parseStrictJson(readFileSync(file), fileBounds);
  } catch (error) {
    const message = error instanceof Error ? error.message.replace(/^The body/, 'It') : String(error);
    throw usageError(`${file} cannot be read: ${message}`);
  }
}

function asRecordOrNone(value: unknown): Record<string, unknown> | undefined {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? (value as Record<string, unknown>) : undefined;
}

async function readKeys(
  { terminal }: Context,
  { keys, url }: VerifyOptions,
): Promise<readonly PublicReceiptKey[]> {
  const isFile = keys !== undefined && !/^https?:/.test(keys);
  const from = keys ?? url ?? terminal.env.HALLEY_URL ?? defaultUrl;
  const set = isFile ? parseFile(keys) : await fetchKeys(from);
  const found = asRecordOrNone(set)?.keys;
  const isKey = (key: unknown) => /^[\w-]{43}$/.test(String(asRecordOrNone(key)?.x));
  if (!Array.isArray(found) || !found.every(isKey))
    throw usageError(`${from} has no public keys of receipts.`);
  return found as PublicReceiptKey[];
}

async function fetchKeys(from: string): Promise<unknown> {
  const base = from.endsWith(keysPath) ? from.slice(0, -keysPath.length) : from;
  return (await createClient(base, undefined).plain(keysPath)).body;
}

function addRotate(receipts: Command, context: Context): void {
  const command = remote(
    receipts
      .command('rotate-key')
      .description('replace the key that signs receipts, for root; older receipts can still be verified'),
  ).action(async (options: RemoteOptions) => {
    const data = asRecord(
      await connect(context, options).call({ method: 'POST', path: `${path}rotate_key` }),
    );
    if (options.json) printJson(context.terminal, data);
    else context.terminal.print(`Receipts are signed by key ${visible(data.key_id)} from now on.`);
  });
  examples(command, 'halley receipts rotate-key');
}

export function addReceipts(program: Command, context: Context): void {
  const receipts = program.command('receipts').description('signed receipts of deleted keys');
  for (const add of [addList, addShow, addVerify, addRotate]) add(receipts, context);
}
