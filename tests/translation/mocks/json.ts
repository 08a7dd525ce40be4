/** Values of JSON bodies, as the mock providers read them. */
import { createHash } from 'node:crypto';

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** The object, or one without members. */
export const object = (value: unknown): Json => (isObject(value) ? value : {});
export const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value : []);
export const hasOnly = (value: Json, names: string): boolean =>
  Object.keys(value).every((name) => names.split(' ').includes(name));
export const isAbsent = (value: unknown): boolean => value === undefined || value === null;

/** Whether it is a text that the pattern accepts. */
export const isLike = (value: unknown, pattern: RegExp): boolean =>
  typeof value === 'string' && pattern.test(value);

/** Eight characters that tell texts apart. */
export const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);

/** A text in pieces, as a stream has it. */
export const inPieces = (text: string): readonly string[] => text.match(/.{1,6}/gs) ?? [];
