/** Validates a body against its schema and names each invalid field and its fault. */
import type { z } from 'zod';
import { quoted } from '../domain/text-rules.ts';
import { HalleyError } from '../platform/errors.ts';

type Issue = z.core.$ZodIssue;

/** @throws HalleyError('invalid_value') naming the first invalid field and its allowed values */
export function validate<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const first = issues[0]?.path.join('.');
  // Among several issues of one field the last is the most specific.
  const issue = issues.findLast(({ path }) => path.join('.') === first);
  throw issue ? errorOf(issue) : new HalleyError('invalid_value');
}

/**
 * The error for one field, where more than its type is checked. `problem` continues the sentence after the field's
 * name.
 */
export function fieldError(field: string, problem: string): HalleyError {
  return new HalleyError('invalid_value', { message: `The field "${field}" ${problem}.`, param: field });
}

function errorOf(issue: Issue): HalleyError {
  if (issue.code === 'unrecognized_keys') {
    const key = quoted(issue.keys[0] ?? '');
    const where = issue.path.length === 0 ? '' : ` in "${nameOf(issue.path)}"`;
    return new HalleyError('invalid_value', { message: `The field ${key}${where} is unknown.` });
  }
  if (issue.path.length === 0) {
    const problem = issue.code === 'custom' ? issue.message : problemOf(issue);
    return new HalleyError('invalid_value', { message: `The body ${problem}.` });
  }
  return fieldError(nameOf(issue.path), problemOf(issue));
}

/** `models`, `ids[2]`, `extra_headers.x-a`. Keys chosen by the caller are shortened. */
function nameOf(path: readonly PropertyKey[]): string {
  const parts = path.map((part) =>
    typeof part === 'number' ? `[${part}]` : `.${quoted(String(part)).slice(1, -1)}`,
  );
  return parts.join('').replace(/^\./, '');
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function problemOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.message.endsWith('received undefined')) return 'is missing';
      return `must be ${typeNames[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return `must ${measureOf(issue.origin, 'at least', issue.minimum)}`;
    case 'too_big':
      return `must ${measureOf(issue.origin, 'at most', issue.maximum)}`;
    case 'invalid_value':
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'custom':
      return issue.message;
    default:
      return 'has an invalid format';
  }
}

function measureOf(origin: string, bound: string, size: number | bigint): string {
  if (origin === 'string') return `have ${bound} ${size} ${Number(size) === 1 ? 'character' : 'characters'}`;
  if (origin === 'array') return `have ${bound} ${size} ${Number(size) === 1 ? 'entry' : 'entries'}`;
  return `be ${bound} ${size}`;
}
