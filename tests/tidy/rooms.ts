/** Which room may import from which, and what some rooms must never touch. Each rule answers its offences. */
import { codeOf, importsOf, matches, resolveImport, type SourceFile } from './source.ts';

/** From the top down. A room imports from lower levels only, so never from a neighbour on its own level. */
const levels: readonly (readonly string[])[] = [
  ['main.ts'],
  ['assembly'],
  ['health'],
  ['cli', 'management', 'model-api'],
  ['relay'],
  ['revocation'],
  ['access', 'ledger', 'accounts', 'upstreams', 'demo'],
  ['store'],
  ['operations'],
  ['protocols'],
  ['http', 'observe'],
  ['domain'],
  ['platform'],
];

/** `halley serve` is what starts main.ts, so one file below it must name it. */
const upward: readonly (readonly [string, string])[] = [['src/cli/commands/serve.ts', 'src/main.ts']];

const roomOf = (path: string) => path.split('/')[1] ?? '';
const levelOf = (path: string) => levels.findIndex((rooms) => rooms.includes(roomOf(path)));

export function againstTheOrder(file: SourceFile): string[] {
  const own = levelOf(file.path);
  if (own === -1) return [`${file.path}: the room ${roomOf(file.path)} is not in the order of the rooms`];
  return importsOf(file.text).flatMap((specifier) => {
    const target = resolveImport(file.path, specifier);
    if (target === undefined || roomOf(target) === roomOf(file.path)) return [];
    if (upward.some(([from, to]) => from === file.path && to === target)) return [];
    return target.startsWith('src/') && levelOf(target) > own
      ? []
      : [`${file.path} imports ${target}, which is not in a lower room`];
  });
}

const banned = (file: SourceFile, forbidden: (specifier: string) => boolean) =>
  importsOf(file.text)
    .filter(forbidden)
    .map((specifier) => `${file.path} imports ${specifier}`);

export const sqlInRelay = (file: SourceFile) =>
  banned(
    file,
    (specifier) => specifier === 'node:sqlite' || /\/store\/(?!(?:ledger-)?store\.ts$)/.test(specifier),
  );

export const undiciInManagement = (file: SourceFile) => banned(file, (specifier) => specifier === 'undici');

/** What pure rooms may take from Node: it computes and looks at nothing outside. */
const pureImports = [
  /^import \{ (?:hash|createCipheriv|createDecipheriv|timingSafeEqual|, )+ \} from 'node:crypto';$/,
  /^import \{ (?:isIP|isIPv4|isIPv6|, )+ \} from 'node:net';$/,
  /^import \{ crc32 \} from 'node:zlib';$/,
];

/** Pure rooms: no clock, no randomness, no files, network or timers. Types are no doors. */
export function worldInPureRoom(file: SourceFile): string[] {
  const code = codeOf(file.text);
  const doors = /^import (?!type)[^;]*'(?:node:[^']+|undici|[^']*\/platform\/(?:clock|random|log)\.ts)';$/gm;
  return [
    ...matches(file, code, doors).filter((found) => {
      const statement = found.replace(/^\S+ /, '');
      return !pureImports.some((allowed) => allowed.test(statement));
    }),
    ...matches(file, code, /(?<![.\w])(?:process\.|fetch\(|globalThis\b)/g),
  ];
}

/** Time and randomness come in through platform/ and nowhere else. */
export const ownClock = (file: SourceFile) =>
  matches(
    file,
    codeOf(file.text),
    /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bMath\.random\b|\bset(?:Timeout|Interval)\b|\b(?:randomBytes|randomUUID|randomInt|getRandomValues)\(|['"]node:timers[^'"]*['"]|\bhrtime\b/g,
  );
