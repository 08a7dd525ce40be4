/** The fields of search parameters. A value that is not allowed counts as none, so that an old or mistyped link works. */
import * as v from 'valibot';

type Field = v.GenericSchema;

/** What the address of a page may hold. */
export function searchParameters<Fields extends v.ObjectEntries>(fields: Fields) {
  return v.object(fields);
}

export type SearchOf<Schema extends Field> = v.InferOutput<Schema>;

function optional<Schema extends Field>(schema: Schema) {
  return v.fallback(v.optional(schema), undefined);
}

/** Text that is not empty. The router reads what looks like a number as one. */
export const text = optional(v.pipe(v.union([v.string(), v.number()]), v.transform(String), v.minLength(1)));

const wholeFrom1 = v.pipe(v.number(), v.integer(), v.minValue(1));

/** An id or the number of a page: a whole number from 1. */
export const positive = optional(wholeFrom1);

export const positives = optional(v.array(wholeFrom1));

export const number = optional(v.number());

/** Something that is on or left out. */
export const flag = optional(v.literal(true));

export const boolean = optional(v.boolean());

/** One of some words or numbers. */
export function choice<const Choices extends readonly (string | number)[]>(choices: Choices) {
  return optional(v.picklist(choices));
}

export function matching(pattern: RegExp) {
  return optional(v.pipe(v.string(), v.regex(pattern)));
}

export function matchingList(pattern: RegExp) {
  return optional(v.array(v.pipe(v.string(), v.regex(pattern))));
}
