/** Says what an import takes over, what changes its meaning, what stays behind, and what became of it. */
import type { ImportNote, ImportPlan } from '../imports/plan.ts';
import type { Context } from './context.ts';
import { amount, count, printFields, printTable, visible } from './display.ts';
import { type ImportKind, importKinds, type Tally } from './run-import.ts';
import type { Terminal } from './terminal.ts';

const titles = {
  changed: 'Goes over with another meaning:',
  left: 'Stays behind:',
} as const;

/** Sums in units, over what is in the plan. */
export interface ImportSums {
  readonly balance: number;
  readonly used: number;
}

export function sumsOf({ accounts, keys }: ImportPlan): ImportSums {
  const sum = (amounts: readonly (number | undefined)[]) =>
    amounts.reduce<number>((total, units = 0) => total + units, 0);
  return {
    balance: sum(accounts.map(({ quota }) => quota)),
    used: sum([...accounts, ...keys].map(({ used_quota }) => used_quota)),
  };
}

export function printReport(
  { terminal }: Context,
  plan: ImportPlan,
  tallies: ReadonlyMap<ImportKind, Tally>,
  isDryRun: boolean,
): void {
  const rows = importKinds.map((kind) => {
    const { created = 0, exists = 0, deleted = 0, refused = 0 } = tallies.get(kind) ?? {};
    return [kind, count(created), count(exists), count(deleted), count(refused)];
  });
  const made = isDryRun ? 'WOULD CREATE' : 'CREATED';
  printTable(terminal, ['', made, 'THERE ALREADY', 'DELETED', 'REFUSED'], rows);
  const { balance, used } = sumsOf(plan);
  terminal.print('');
  printFields(terminal, [
    ['balance of all accounts', amount(balance)],
    ['used before', amount(used)],
  ]);
  for (const kind of ['changed', 'left'] as const) {
    printNotes(
      terminal,
      titles[kind],
      plan.notes.filter((note) => note.kind === kind),
    );
  }
  printMessages(terminal, tallies);
}

function printNotes(terminal: Terminal, title: string, notes: readonly ImportNote[]): void {
  if (notes.length === 0) return;
  terminal.print(`\n${title}`);
  for (const note of notes) {
    const names = note.names.map(visible).join(', ');
    const more = note.count > note.names.length && names !== '' ? ', …' : '';
    terminal.print(`  ${count(note.count)} × ${visible(note.text)}${names && ` (${names}${more})`}`);
  }
}

/** Of accounts all should be seen, up to what a screen has. */
const namesShown: Readonly<Partial<Record<ImportKind, number>>> = { accounts: 100 };
const otherNamesShown = 5;

function printMessages(terminal: Terminal, tallies: ReadonlyMap<ImportKind, Tally>): void {
  const all = [...tallies].flatMap(([kind, { messages }]) =>
    [...messages].map(([message, names]) => ({ kind, message, names })),
  );
  if (all.length === 0) return;
  terminal.print('\nThe gateway says:');
  for (const { kind, message, names } of all) {
    const room = namesShown[kind] ?? otherNamesShown;
    const more = names.length > room ? ', …' : '';
    const shown = names.slice(0, room).map(visible).join(', ');
    terminal.print(`  ${kind}, ${count(names.length)} × ${visible(message)} (${shown}${more})`);
  }
}
