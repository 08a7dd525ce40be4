/** One feature of the matrix, and what runs it in one direction. */
import assert from 'node:assert/strict';
import type { FormName } from '../../../src/protocols/translate/form/request.ts';
import { nonEmpty } from '../../support/non-empty.ts';
import { chat } from '../clients/chat.ts';
import type { Client, ClientOptions, Conversation } from '../clients/client.ts';
import { gemini } from '../clients/gemini.ts';
import { messages } from '../clients/messages.ts';
import { responses } from '../clients/responses.ts';
import { type Direction, isTranslated } from './directions.ts';
import { channels, type World } from './world.ts';

const clients: Readonly<Record<FormName, Client>> = { chat, responses, messages, gemini };

/** One direction, whole or streamed. */
export interface Cell extends Direction {
  readonly world: World;
  readonly stream: boolean;
  begin(options?: Partial<ClientOptions>): Conversation;
}

export interface Feature {
  readonly name: string;
  /** Whether it concerns streams alone. */
  readonly streamOnly?: boolean;
  /** Client protocols that have no words for it. */
  readonly unsaidBy?: readonly FormName[];
  /** The field that is refused, by the upstream's protocol. */
  readonly refused?: Partial<Record<FormName, string>>;
  /** Where it exists at all; undefined = everywhere. */
  readonly exists?: (direction: Direction) => boolean;
  /** Where translation has a part in it; undefined = wherever the protocols differ. */
  readonly translates?: (direction: Direction) => boolean;
  run(cell: Cell): Promise<void>;
}

/** How a feature fared: `ok`, the field that is refused, or why there is nothing to try. */
export type Outcome = 'ok' | 'unsaid' | 'absent' | `refused: ${string}`;

function cellOf(world: World, direction: Direction, stream: boolean): Cell {
  const { gateway, key } = world;
  const { model } = channels[direction.upstream];
  const given = { url: gateway.url, key: key.value, model, stream };
  return {
    ...direction,
    world,
    stream,
    begin: (options = {}) => clients[direction.client]({ ...given, ...options }),
  };
}

/** @throws AssertionError, or the SDK's error, where the feature does not do what it should */
export async function runFeature(world: World, feature: Feature, direction: Direction): Promise<Outcome> {
  if (feature.exists?.(direction) === false) return 'absent';
  if (feature.unsaidBy?.includes(direction.client)) return 'unsaid';
  const field = isTranslated(direction) ? feature.refused?.[direction.upstream] : undefined;
  for (const stream of nonEmpty(feature.streamOnly ? [true] : [false, true])) {
    const cell = cellOf(world, direction, stream);
    if (field === undefined) await feature.run(cell);
    else await assert.rejects(feature.run(cell), refusal(field));
  }
  return field === undefined ? 'ok' : `refused: ${field}`;
}

/** A check of the SDK's error for a request that the gateway refuses. */
function refusal(field: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Error && 'status' in error, String(error));
    assert.equal(error.status, 400);
    assert.ok(error.message.includes(field), error.message);
    return true;
  };
}
