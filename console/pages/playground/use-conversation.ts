/** One conversation of the playground: its turns, the request that runs, and the request that would come next. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { announce } from '../../components/announcer.tsx';
import { keyModelsQuery } from '../../features/key-picker/model-queries.ts';
import { type ProtocolId, protocolIds } from '../../features/model-request/protocol-ids.ts';
import {
  type ModelRequest,
  type Parameters,
  parametersOf,
  requestOf,
  type Turn,
} from '../../features/model-request/protocols.ts';
import { isRunning, type ModelRun, useModelRun } from '../../features/model-request/use-model-run.ts';
import { useMessages } from '../../i18n/messages.ts';
import type { PlaygroundSearch } from './search.ts';

interface Settings extends PlaygroundSearch {
  readonly keyId: number | undefined;
  readonly system: string;
}

interface Chosen {
  /** Undefined = the one at `position` of the list, as for the protocol the first that the model has. */
  readonly model: string | undefined;
  readonly protocol: ProtocolId | undefined;
  readonly position: number;
}

/** A question and its finished response. */
export interface Exchange {
  readonly id: number;
  readonly prompt: string;
  readonly model: string;
  readonly run: ModelRun;
}

export interface Conversation {
  /** Undefined while it is not known, or when the key may use none. */
  readonly model: string | undefined;
  readonly protocol: ProtocolId;
  /** The protocols in which the model can be used. */
  readonly protocols: readonly ProtocolId[];
  /** Whether the key may use no chat model. */
  readonly hasNoModel: boolean;
  readonly exchanges: readonly Exchange[];
  /** The question whose response is arriving; undefined = none. */
  readonly current: Exchange | undefined;
  readonly isRunning: boolean;
  readonly send: (prompt: string) => void;
  readonly stop: () => void;
  readonly clear: () => void;
  /** The request that a prompt would make; undefined without a model. */
  readonly requestFor: (prompt: string) => ModelRequest | undefined;
}

function parametersIn(search: PlaygroundSearch, protocol: ProtocolId): Parameters {
  const { temperature, top_p: topP, max_tokens: maxTokens, seed } = search;
  const all: Parameters = { temperature, topP, maxTokens, seed };
  return Object.fromEntries(parametersOf(protocol).map((name) => [name, all[name]]));
}

/** A response that failed before its first text is not sent to the model again. */
function turnsOf(exchanges: readonly Exchange[], prompt: string): readonly Turn[] {
  const heard = exchanges.filter(({ run }) => run.text !== '');
  return [
    ...heard.flatMap(({ prompt: asked, run }): Turn[] => [
      { role: 'user', text: asked },
      { role: 'assistant', text: run.text },
    ]),
    { role: 'user', text: prompt },
  ];
}

export function useConversation(
  settings: Settings,
  { model: chosenModel, protocol: chosenProtocol, position }: Chosen,
): Conversation {
  const t = useMessages('playground');
  const { keyId, system } = settings;
  const listed = useQuery({ ...keyModelsQuery(keyId ?? 0, ''), enabled: keyId !== undefined });
  const model = chosenModel ?? (listed.data?.items[position] ?? listed.data?.items[0])?.id;
  const exact = useQuery({ ...keyModelsQuery(keyId ?? 0, model ?? ''), enabled: model !== undefined });
  const endpoints = exact.data?.items.find(({ id }) => id === model)?.endpoints;
  const protocols = protocolIds.filter((id) => endpoints === undefined || id in endpoints);
  const protocol = chosenProtocol ?? protocols[0] ?? 'openai';
  const [exchanges, setExchanges] = useState<readonly Exchange[]>([]);
  const [pending, setPending] = useState<{ prompt: string; model: string }>();
  const { run, send, stop, reset } = useModelRun();

  const requestFor = (prompt: string) =>
    model === undefined
      ? undefined
      : requestOf(protocol, {
          model,
          system: system.trim(),
          turns: turnsOf(exchanges, prompt),
          parameters: parametersIn(settings, protocol),
          stream: settings.whole !== true,
        });

  const ask = async (prompt: string) => {
    const request = requestFor(prompt);
    if (keyId === undefined || model === undefined || request === undefined) return;
    setPending({ prompt, model });
    const finished = await send({ keyId, protocol, request });
    setExchanges((before) => [...before, { id: before.length, prompt, model, run: finished }]);
    setPending(undefined);
    reset();
    announce(t(finished.phase === 'done' ? 'complete' : 'brokeOff'));
  };

  return {
    model,
    protocol,
    protocols,
    hasNoModel: chosenModel === undefined && listed.data?.total === 0,
    exchanges,
    current: pending && { id: exchanges.length, ...pending, run },
    isRunning: isRunning(run),
    send: (prompt) => void ask(prompt),
    stop,
    clear: () => {
      reset();
      setPending(undefined);
      setExchanges([]);
    },
    requestFor,
  };
}
