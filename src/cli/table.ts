/** Writes tables in batches of rows: fitted to a terminal, tab-separated otherwise. */
import { styleText } from 'node:util';
import { cut, gap, type Layout, layOut, padded, widthOf } from './layout.ts';
import type { Terminal } from './terminal.ts';

export interface Column<Row> {
  readonly head: string;
  /** Formats the complete value. */
  readonly full: (row: Row) => string;
  /** Formats a short form for terminals. Default: `full`. */
  readonly short?: (row: Row) => string;
  /**
   * If the terminal is too narrow, the table omits columns with the highest rank first. It never omits rank 0 or
   * none.
   */
  readonly rank?: number;
  /** The smallest width after truncation. */
  readonly shrinksTo?: number;
}

export interface TableOptions {
  /** Show all columns in full on a terminal of any width. */
  readonly wide?: boolean | undefined;
}

export class Table<Row> {
  readonly #terminal: Terminal;
  readonly #columns: readonly Column<Row>[];
  readonly #wide: boolean;
  #layout: Layout | undefined;
  /** Width of the widest text of each column so far. */
  #natural: readonly number[] = [];
  #started = false;

  constructor(terminal: Terminal, columns: readonly Column<Row>[], { wide = false }: TableOptions = {}) {
    this.#terminal = terminal;
    this.#columns = columns;
    this.#wide = wide;
  }

  /** Prints rows; the first batch below the header. The first batch determines which columns are shown. */
  add(rows: readonly Row[]): void {
    if (!this.#terminal.interactive) this.#addLines(rows);
    else this.#addFitted(rows);
    this.#started = true;
  }

  /** Lists on standard error the columns that were omitted. */
  end(): void {
    const { shown } = this.#layout ?? {};
    const leftOut = shown ? this.#columns.filter((_, index) => !shown.includes(index)) : [];
    if (leftOut.length === 0) return;
    const names = leftOut.map(({ head }) => head).join(', ');
    this.#terminal.warn(`Left out at ${this.#terminal.columns} columns: ${names}. --wide shows all.`);
  }

  #addLines(rows: readonly Row[]): void {
    if (!this.#started) this.#terminal.print(this.#columns.map(({ head }) => head).join('\t'));
    for (const row of rows) this.#terminal.print(this.#columns.map(({ full }) => full(row)).join('\t'));
  }

  #addFitted(rows: readonly Row[]): void {
    const heads = this.#columns.map(({ head }) => head);
    const lines = rows.map((row) =>
      this.#columns.map(({ full, short = full }) => (this.#wide ? full : short)(row)),
    );
    this.#layout = this.#fit([heads, ...lines]);
    if (!this.#started) {
      const head = this.#line(heads, this.#layout);
      this.#terminal.print(this.#terminal.color ? styleText('bold', head, { validateStream: false }) : head);
    }
    for (const line of lines) this.#terminal.print(this.#line(line, this.#layout));
  }

  #fit(lines: readonly (readonly string[])[]): Layout {
    this.#natural = this.#columns.map((_, index) =>
      Math.max(this.#natural[index] ?? 0, ...lines.map((line) => widthOf(line[index] ?? ''))),
    );
    const candidates = this.#layout?.shown ?? [...this.#columns.keys()];
    const measures = candidates.map((index) => ({
      natural: this.#natural[index] ?? 0,
      shrinksTo: this.#columns[index]?.shrinksTo,
      rank: this.#layout ? 0 : (this.#columns[index]?.rank ?? 0),
    }));
    const room = this.#wide ? Number.MAX_SAFE_INTEGER : this.#terminal.columns;
    const { shown, widths } = layOut(measures, room);
    return { shown: shown.map((index) => candidates[index] ?? 0), widths };
  }

  #line(cells: readonly string[], { shown, widths }: Layout): string {
    return shown
      .map((column, index) => {
        const width = widths[index] ?? 0;
        const cell = cells[column] ?? '';
        const isCut = this.#columns[column]?.shrinksTo !== undefined && !this.#wide;
        return padded(isCut ? cut(cell, width) : cell, width);
      })
      .join(' '.repeat(gap))
      .trimEnd();
  }
}
