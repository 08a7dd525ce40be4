/** A small real request with a key, to see whether it works. */
import { useQueryClient } from '@tanstack/react-query';
import { announce } from '../../components/announcer.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { keyModelsQuery } from '../key-picker/model-queries.ts';
import { requestOf } from '../model-request/protocols.ts';
import { type ModelRun, useModelRun } from '../model-request/use-model-run.ts';

interface KeyTest {
  readonly run: ModelRun;
  /**
   * @param model undefined = the demo where the key may use it, else the first of its models
   * @returns whether a response came through completely
   * @throws ApiError when the models of the key cannot be listed
   */
  readonly test: (keyId: number, model?: string) => Promise<boolean>;
  readonly stop: () => void;
}

const demoModel = 'demo-chat';

export function useKeyTest(): KeyTest {
  const t = useMessages('playground');
  const queryClient = useQueryClient();
  const { run, send, stop } = useModelRun();

  const test = async (keyId: number, chosen?: string) => {
    const { items } = await queryClient.fetchQuery(keyModelsQuery(keyId, ''));
    const ids = items.map(({ id }) => id);
    const model = chosen ?? (ids.includes(demoModel) ? demoModel : ids[0]);
    if (model === undefined) return false;
    const turns = [{ role: 'user', text: t('hello') }] as const;
    const request = requestOf('openai', { model, system: '', turns, parameters: {}, stream: true });
    const { phase } = await send({ keyId, protocol: 'openai', request });
    if (phase !== 'stopped') announce(t(phase === 'done' ? 'testPassed' : 'testFailed'));
    return phase === 'done';
  };
  return { run, test, stop };
}
