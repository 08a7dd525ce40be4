/** Finds retired words: in names that a module shows to others, and in documents. docs/reference/glossary.md has the present ones. */
import { parseSync, Visitor } from 'oxc-parser';
import type { SourceFile } from './source.ts';

/** Retired words of names, by the word that replaces each. A word is a part of a name in camel case, or several. */
const retiredNames: Readonly<Record<string, string>> = {
  insistent: 'RetryingTask',
  keyMemory: 'KeyCache',
  keyReader: 'BatchingKeyLoader',
  withdraw: 'revoke',
  withdrawal: 'revocation',
  withdrawals: 'revocations',
  carriedOut: 'applied',
  mayGoOn: 'mayContinue',
  flight: 'InFlightRequest',
  flights: 'InFlightRequests',
  usageHider: 'UsageEventFilter',
  answerGate: 'TailHold',
  eventGate: 'EventTailHold',
  answerStart: 'ResponseStart',
  passage: 'ResponsePipeline',
  packing: 'contentEncoding',
  silentOnes: 'unresponsive',
  noteNodes: 'observeMembers',
  fleetMember: 'ClusterNode',
  memberDuties: 'NodeHandlers',
  risen: 'resurrected',
  bury: 'insertTombstone',
  dearer: 'moreExpensive',
  beginnings: 'prefixes',
  ledgerDraft: 'LedgerBatch',
  recordWait: 'CommitTimeouts',
  cacheTruth: 'cache consistency check',
  findWrong: 'findStaleEntries',
  exclusively: 'withLock',
  door: 'port',
};

/** Retired phrases of documents, by what to write in their place. */
const retiredPhrases: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\bwithdraw(s|n|al|als|ing)?\b/i, 'revoke, revocation'],
  [/\bcarr(y|ies|ied) (it |them |the change )?out\b/i, 'apply, execute'],
  [/\b(is|are|was|were) told\b/i, 'notify, report'],
  [/\bwhoever\b/i, 'the caller, the client, the operator'],
  [/\bdearer\b/i, 'more expensive'],
  [/\blaws of the ledger\b/i, 'ledger invariants'],
  [/\brisen\b/i, 'resurrected'],
];

/** `keyMemoryOptions` -> `key`, `memory`, `options` */
const wordsOf = (name: string): readonly string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.toLowerCase());

const retiredWords = Object.entries(retiredNames).map(([name, present]) => ({
  words: ` ${wordsOf(name).join(' ')} `,
  present,
}));

/** Names of declarations and of members: what other files write to use a module. */
function declaredNames(file: SourceFile): readonly { readonly name: string; readonly start: number }[] {
  const names: { name: string; start: number }[] = [];
  const note = (node: unknown) => {
    const named = node as { readonly type?: string; readonly name?: string; readonly start?: number } | null;
    if (named?.type === 'Identifier' && named.name) names.push({ name: named.name, start: named.start ?? 0 });
  };
  const { program, errors } = parseSync(file.path, file.text);
  if (errors.length > 0) throw new Error(`${file.path} cannot be parsed: ${errors[0]?.message}`);
  new Visitor({
    FunctionDeclaration: ({ id }) => note(id),
    ClassDeclaration: ({ id }) => note(id),
    TSInterfaceDeclaration: ({ id }) => note(id),
    TSTypeAliasDeclaration: ({ id }) => note(id),
    VariableDeclarator: ({ id }) => note(id),
    MethodDefinition: ({ key }) => note(key),
    PropertyDefinition: ({ key }) => note(key),
    TSPropertySignature: ({ key }) => note(key),
    TSMethodSignature: ({ key }) => note(key),
  }).visit(program);
  return names;
}

/** Each answers its offences as `path:line: name (write …)`. */
export function retiredInNames(file: SourceFile): string[] {
  return declaredNames(file).flatMap(({ name, start }) => {
    const words = ` ${wordsOf(name).join(' ')} `.replace(/ in flights? /, ' ');
    const retired = retiredWords.find((one) => words.includes(one.words));
    if (!retired) return [];
    const line = file.text.slice(0, start).split('\n').length;
    return [`${file.path}:${line}: ${name} (write ${retired.present})`];
  });
}

export function retiredInText({ path, text }: SourceFile): string[] {
  return text.split('\n').flatMap((line, index) =>
    retiredPhrases.flatMap(([pattern, present]) => {
      const found = pattern.exec(line);
      return found ? [`${path}:${index + 1}: "${found[0]}" (write ${present})`] : [];
    }),
  );
}
