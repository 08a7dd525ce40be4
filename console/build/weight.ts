/** Works out what a browser loads for each page, from Vite's manifest. */

/** One file of the build, by the source that it was made from. */
interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly isDynamicEntry?: boolean;
  /** Names of chunks that load with it. */
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}

/** Vite's `.vite/manifest.json`. */
export type Manifest = Readonly<Record<string, Chunk>>;

/** Bytes of gzip, JavaScript and CSS together. Browsers take brotli over https and on localhost only. */
export const weightLimits = { firstLoad: 150 * 1024, further: 60 * 1024 } as const;

export interface Weight {
  /** Name of the chunk: the path of the source. */
  readonly name: string;
  /** Bytes that it adds to what is loaded before. */
  readonly bytes: number;
  readonly bytesMax: number;
}

/**
 * Weighs the first load of a page, then everything that is loaded later: other pages, charts, dialogs.
 * @param first the chunks of the page that opens first: its source, then its messages
 * @param sizeOf the size of a file, in bytes
 * @throws Error when the manifest has no entry or no such chunk
 */
export function weigh(
  manifest: Manifest,
  first: readonly string[],
  sizeOf: (file: string) => number,
): Weight[] {
  const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry);
  if (entry === undefined) throw new Error('The manifest names no entry.');
  for (const name of first) {
    if (!manifest[name]) throw new Error(`The manifest has no ${name}. It has: ${Object.keys(manifest)}`);
  }
  const loaded = filesOf(manifest, [entry, ...first]);
  const sum = (files: Iterable<string>) => [...files].reduce((bytes, file) => bytes + sizeOf(file), 0);
  const later = Object.keys(manifest).filter(
    (name) => manifest[name]?.isDynamicEntry && !first.includes(name),
  );
  return [
    { name: [entry, ...first].join(' + '), bytes: sum(loaded), bytesMax: weightLimits.firstLoad },
    ...later.map((name) => ({
      name,
      bytes: sum(filesOf(manifest, [name]).difference(loaded)),
      bytesMax: weightLimits.further,
    })),
  ];
}

/** The scripts and style sheets of chunks and of all that load with them. */
function filesOf(manifest: Manifest, names: readonly string[]): ReadonlySet<string> {
  const chunks = new Set(names);
  for (const name of chunks) for (const other of manifest[name]?.imports ?? []) chunks.add(other);
  const files = [...chunks].flatMap((name) => {
    const chunk = manifest[name];
    return chunk ? [chunk.file, ...(chunk.css ?? [])] : [];
  });
  return new Set(files.filter((file) => /\.(?:js|css)$/.test(file)));
}

/** The weights as lines of text, heaviest first, and what is too heavy. */
export function weightTable(weights: readonly Weight[]): {
  readonly text: string;
  readonly tooHeavy: readonly string[];
} {
  const kilobytes = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`.padStart(10);
  const rows = weights
    .toSorted((a, b) => b.bytes - a.bytes)
    .map(({ name, bytes, bytesMax }) => `${kilobytes(bytes)} of ${kilobytes(bytesMax)}  ${name}`);
  const tooHeavy = weights.filter(({ bytes, bytesMax }) => bytes > bytesMax).map(({ name }) => name);
  return { text: rows.join('\n'), tooHeavy };
}
