/** Checks the source of the console: texts that bypass the catalogues, and parts that bypass the shared ones. */
import { type JSXAttribute, parseSync, Visitor } from 'oxc-parser';
import { codeOf, matches, type SourceFile } from './source.ts';

/** Attributes that people read or hear. */
const spokenAttributes: ReadonlySet<string> = new Set([
  'alt',
  'aria-description',
  'aria-label',
  'aria-roledescription',
  'aria-valuetext',
  'description',
  'hint',
  'label',
  'placeholder',
  'title',
]);

const word = /\p{L}{2,}/u;

/** Elements whose text is the same in every language. */
const codeElement = /^\s*<(?:code|kbd)\b/;

/** Words in JSX that are not in a catalogue. */
export function fixedTexts(file: SourceFile): string[] {
  if (!file.path.endsWith('.tsx')) return [];
  const { program } = parseSync(file.path, file.text);
  const found: string[] = [];
  const note = (start: number, text: string) =>
    found.push(`${file.path}:${file.text.slice(0, start).split('\n').length}: ${text.trim()}`);
  new Visitor({
    JSXElement(element) {
      if (codeElement.test(file.text.slice(element.start))) return;
      for (const child of element.children) {
        if (child.type === 'JSXText' && word.test(child.value)) note(child.start, child.value);
      }
    },
    JSXAttribute(attribute: JSXAttribute) {
      const { name, value } = attribute;
      const isSpoken = name.type === 'JSXIdentifier' && spokenAttributes.has(name.name);
      if (isSpoken && value?.type === 'Literal' && word.test(String(value.value))) {
        note(attribute.start, String(value.value));
      }
    },
  }).visit(program);
  return found;
}

/** What only one folder or file may use, by the part to use in its place. */
const shared: readonly (readonly [pattern: RegExp, allowed: RegExp])[] = [
  [/\.(?:toLocale\w*String|toFixed|toPrecision)\(|\bIntl\./g, /^console\/format\//],
  [/navigator\.clipboard|execCommand/g, /^console\/components\/copy-text\.ts$/],
  [/dangerouslySetInnerHTML|\.innerHTML\b/g, /^$/],
  [/\bfetch\(/g, /^console\/(?:api|features\/model-request)\//],
];

/** Uses of formats, the clipboard, HTML texts and requests outside of the parts that exist for them. */
export function unsharedParts(file: SourceFile): string[] {
  const code = codeOf(file.text);
  return shared.flatMap(([pattern, allowed]) =>
    allowed.test(file.path) ? [] : matches(file, code, pattern),
  );
}
