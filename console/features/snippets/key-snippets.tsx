/** Code that uses a key with this gateway, for three languages and three coding agents. Load it through `lazy.ts`. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { CodeBlock } from '../../components/code-block.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { type MessageOf, useMessages } from '../../i18n/messages.ts';
import { keyModelsQuery } from '../key-picker/model-queries.ts';
import { requestOf } from '../model-request/protocols.ts';
import {
  type Agent,
  agentSnippet,
  agents,
  requestLanguages,
  requestSnippet,
  type Target,
} from './snippets.ts';

export interface KeySnippetsProps {
  readonly keyId: number;
  /** The value, where it is known; otherwise a name stands in its place. */
  readonly keyValue?: string | undefined;
  /** Undefined = the first one that the key may use. */
  readonly model: string | undefined;
}

const placeholder = 'YOUR_API_KEY';

const agentNames: Readonly<Record<Agent, MessageOf<'playground'>>> = {
  claudeCode: 'claudeCode',
  codex: 'codex',
  geminiCli: 'geminiCli',
};

export function KeySnippets({ keyId, keyValue = placeholder, model: chosen }: KeySnippetsProps) {
  const t = useMessages('playground');
  const [tab, setTab] = useState<string>('curl');
  const { data } = useQuery(keyModelsQuery(keyId, ''));
  const model = chosen ?? data?.items[0]?.id ?? 'MODEL';
  const target: Target = { address: location.origin, key: keyValue };
  const request = requestOf('openai', {
    model,
    system: '',
    turns: [{ role: 'user', text: t('hello') }],
    parameters: {},
    stream: false,
  });
  const block = (name: string, code: string) => ({
    value: name,
    label: name,
    content: <CodeBlock code={code} label={t('snippetOf', { name })} />,
  });
  const tabs = [
    ...requestLanguages.map((language) => ({
      ...block(t(language), requestSnippet(language, 'openai', request, target)),
      value: language,
    })),
    ...agents.map((agent) => ({
      ...block(t(agentNames[agent]), agentSnippet(agent, model, target)),
      value: agent,
    })),
  ];
  return <Tabs label={t('snippets')} tabs={tabs} value={tab} onChange={setTab} />;
}
