/** The body of a submit, in JSON or as a form: what rules and prices see of it, and what is sent on. */
import type { Body } from '../../http/body-pieces.ts';
import { JsonStructure } from '../../http/json-structure.ts';
import { closeForm, type Form, type FormPart } from '../../http/multipart/form.ts';
import { type WrittenForm, writeForm } from '../../http/multipart/form-writer.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { RandomBytes } from '../../platform/random.ts';
import { folded } from '../../protocols/client/numbers-set.ts';
import { edited } from '../../protocols/json-bytes.ts';
import type { JsonObject } from '../../protocols/protocol.ts';
import { asObject } from '../../protocols/usage/usage-shape.ts';
import { readModelBody } from '../body-model.ts';
import { fieldsOf } from '../form-body.ts';
import { memberEdits, type TopLevel, topLevelOf } from './top-level.ts';

/** A body for the upstream. */
export type EncodedBody = { readonly body: readonly Buffer[] } | { readonly upload: WrittenForm };

export interface JobBody {
  /** A file stands as its name, type and size. */
  readonly json: JsonObject;
  /** @param set by name at the top level; undefined leaves it out. Everything else stays as it came */
  encode(set: JsonObject): EncodedBody;
  /** Frees what it holds. Never rejects. */
  release(): Promise<void>;
}

/** What a JSON body holds, whichever thread has read it. */
export interface JobText {
  /** Of a large body without its files: see `withoutData`. */
  readonly json: JsonObject;
  readonly top: TopLevel;
}

/** Reads bodies that would block the event loop. */
export interface JobBodyReader {
  /**
   * @param isWanted called when its turn comes; an unwanted body is not parsed
   * @returns the text, and the body's bytes in place of those that were given away
   * @throws HalleyError as `readJobText` and `withoutData` do; `bodies_full` when too many wait
   */
  readJob(body: Body, isWanted: () => boolean): Promise<JobText & { readonly bytes: Buffer }>;
}

/** The body was held to its limits as it arrived. */
const unlimited = { names: Infinity, values: Infinity, depth: Infinity };

const nameTwice = () =>
  new HalleyError('invalid_body', { message: 'The request body has a name twice. Write each once.' });

/**
 * @throws HalleyError as `readModelBody` does; `invalid_body` for a name that occurs twice in one object: parsers differ in
 * which one they use
 */
export function readJobText(bytes: Buffer): JobText {
  const { json } = readModelBody(bytes);
  const structure = new JsonStructure(unlimited);
  structure.push(bytes);
  if (structure.names !== namesIn(json)) throw nameTwice();
  return { json, top: topLevelOf(bytes) };
}

/** How many names a parsed text has, at every depth. */
function namesIn(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + namesIn(each), 0);
  const members = Object.values(asObject(value) ?? {});
  return members.reduce((sum: number, each) => sum + namesIn(each), members.length);
}

/** @param bytes the text in which `top` names places */
export function jsonBody({ json, top }: JobText, bytes: Buffer, release: () => void): JobBody {
  return {
    json,
    encode: (set) => ({ body: edited([bytes], memberEdits(top, set)) }),
    release: async () => release(),
  };
}

/** @throws HalleyError('invalid_body') likewise, for fields; several files may have one name */
export function formBody(form: Form, random: RandomBytes, release: () => void): JobBody {
  const names = form.parts.flatMap((part) => (part.kind === 'field' ? part.name : []));
  const single = names.filter((name) => !name.includes('[')).map(folded);
  if (new Set(single).size < single.length) throw nameTwice();
  return {
    json: fieldsOf(form.parts),
    encode: (set) => ({ upload: writeForm(withFields(form.parts, set), random) }),
    release: async () => {
      await closeForm(form);
      release();
    },
  };
}

function withFields(parts: readonly FormPart[], set: JsonObject): readonly FormPart[] {
  const kept = parts.filter(({ name }) => !Object.hasOwn(set, name));
  const given = Object.entries(set).flatMap(([name, value]): FormPart[] => {
    if (value === undefined) return [];
    return [{ kind: 'field', name, value: typeof value === 'string' ? value : JSON.stringify(value) }];
  });
  return [...given, ...kept];
}
