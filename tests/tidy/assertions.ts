/** Finds assertions in a loop that may run over nothing, and would then assert nothing. */
import { parseSync, Visitor } from 'oxc-parser';
import type { SourceFile } from './source.ts';

/** A node of the syntax tree, as far as it is looked at here. */
type Node = {
  readonly type: string;
  readonly start: number;
  readonly end: number;
} & { readonly [field: string]: unknown };

/** A list in the source, with at least one element written out, is not empty; nor is one that is said to be so. */
const says = /^(?:nonEmpty|maybeEmpty)$/;

/** @returns the loops over lists that may be empty */
export function idleAssertions(file: SourceFile): string[] {
  const { program } = parseSync(file.path, file.text);
  const values = new Map<string, Node>();
  const found: Node[] = [];
  const textOf = ({ start, end }: Node) => file.text.slice(start, end);
  const asserts = (node: Node) => /\bassert\b/.test(textOf(node));
  const check = (list: Node, body: Node) => {
    if (asserts(body) && !hasElements(list, values)) found.push(list);
  };
  new Visitor({
    VariableDeclarator({ id, init }) {
      if (id.type === 'Identifier' && init) values.set(id.name, init as unknown as Node);
    },
  }).visit(program);
  new Visitor({
    ForOfStatement(loop) {
      if (!loop.await) check(loop.right as unknown as Node, loop.body as unknown as Node);
    },
    CallExpression(call) {
      const { callee } = call as unknown as { callee: Node };
      const [argument] = call.arguments as unknown as Node[];
      const method = nameOf(callee.property as Node | undefined);
      if (callee.type === 'MemberExpression' && method === 'forEach' && argument)
        check(callee.object as Node, argument);
      const every = /^assert(\.ok)?$/.test(textOf(callee)) ? (argument as Node | undefined) : undefined;
      const inner = every?.type === 'CallExpression' ? (every.callee as Node) : undefined;
      if (inner?.type === 'MemberExpression' && nameOf(inner.property as Node) === 'every') {
        if (!hasElements(inner.object as Node, values)) found.push(inner.object as Node);
      }
    },
  }).visit(program);
  return found.map((node) => {
    const line = file.text.slice(0, node.start).split('\n').length;
    return `${file.path}:${line}: ${textOf(node)} may be empty: wrap it in nonEmpty() of tests/support`;
  });
}

const nameOf = (node: Node | undefined): string => (typeof node?.name === 'string' ? node.name : '');

function hasElements(node: Node, values: ReadonlyMap<string, Node>): boolean {
  const of = (inner: unknown) => hasElements(inner as Node, values);
  switch (node.type) {
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
      return of(node.expression);
    case 'AwaitExpression':
      return of(node.argument);
    case 'SpreadElement':
      return of(node.argument);
    case 'ArrayExpression':
      return (node.elements as Node[]).some((each) => each.type !== 'SpreadElement' || of(each));
    case 'ObjectExpression':
      return (node.properties as Node[]).some((each) => each.type !== 'SpreadElement' || of(each.argument));
    case 'Identifier': {
      const value = values.get(nameOf(node));
      // Without itself, so that what names itself ends.
      return value !== undefined && hasElements(value, without(values, nameOf(node)));
    }
    case 'CallExpression':
      return callHasElements(node, of);
    default:
      return false;
  }
}

/** Calls that keep the number of elements, and those that say that there are some. */
function callHasElements(node: Node, of: (inner: unknown) => boolean): boolean {
  const callee = node.callee as Node;
  const [argument] = node.arguments as unknown[];
  if (callee.type === 'Identifier') return says.test(nameOf(callee));
  const object = callee.object as Node;
  const method = nameOf(callee.property as Node);
  if (nameOf(object) === 'Object' && /^(?:entries|keys|values)$/.test(method)) return of(argument);
  if (nameOf(object) === 'Promise' && method === 'all') return of(argument);
  if (nameOf(object) === 'Array' && method === 'from') return true;
  return /^(?:map|entries|toReversed|toSorted|keys|values)$/.test(method) && of(object);
}

function without(values: ReadonlyMap<string, Node>, name: string): ReadonlyMap<string, Node> {
  const rest = new Map(values);
  rest.delete(name);
  return rest;
}
