/** A sheet with the next request as code, in each language. */
import { useState } from 'react';
import { CodeBlock } from '../../components/code-block.tsx';
import { Sheet } from '../../components/dialog.tsx';
import { Stack } from '../../components/stack.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { type RequestLanguage, requestLanguages } from '../../features/snippets/snippets.ts';
import { useMessages } from '../../i18n/messages.ts';

interface Snippet {
  readonly code: string;
  readonly label: string;
}

interface RequestCodeProps {
  readonly snippets: (language: RequestLanguage) => readonly Snippet[];
  readonly onClose: () => void;
}

/** Stands in the place of the key. */
export const keyPlaceholder = 'YOUR_API_KEY';

export function RequestCode({ snippets, onClose }: RequestCodeProps) {
  const t = useMessages('playground');
  const [language, setLanguage] = useState<string>('curl');
  const tabs = requestLanguages.map((each) => ({
    value: each,
    label: t(each),
    content: (
      <Stack>
        {snippets(each).map((snippet, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: snippets have no other name.
          <CodeBlock key={index} {...snippet} />
        ))}
      </Stack>
    ),
  }));
  return (
    <Sheet open onClose={onClose} title={t('codeTitle')} description={t('codeText')} wide>
      <Tabs label={t('codeTitle')} tabs={tabs} value={language} onChange={setLanguage} />
    </Sheet>
  );
}
