/** The operations by which a model can be used. Pure. */
import type { ProtocolName } from '../domain/protocol-name.ts';
import type { OperationDefinition } from './operation.ts';
import { type OperationName, operations } from './registry.ts';
import { translations } from './translations.ts';

const all = Object.entries(operations) as readonly (readonly [OperationName, OperationDefinition])[];

/** Protocols of the upstreams that serve an operation by translation. */
const translated = new Map(
  all.map(([name]) => [
    name,
    translations.filter(({ from }) => from === name).map(({ to }) => operations[to].upstream.protocol.name),
  ]),
);

/**
 * @param modelType by the price list; `chat` where it does not know the model. Only these models are translated for.
 * @param offers whether a channel of the protocol has the model
 */
export function operationsServing(
  modelType: string,
  offers: (protocol: ProtocolName) => boolean,
): readonly OperationDefinition[] {
  return all.flatMap(([name, operation]) => {
    if (!operation.catalogue?.serves(modelType)) return [];
    const others = modelType === 'chat' ? (translated.get(name) ?? []) : [];
    return [operation.upstream.protocol.name, ...others].some(offers) ? [operation] : [];
  });
}
