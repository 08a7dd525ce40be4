/** The next video as code. Load it with `lazy`. */
import { useState } from 'react';
import { CodeBlock } from '../../components/code-block.tsx';
import { Sheet } from '../../components/dialog.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { requestLanguages } from '../../features/snippets/snippets.ts';
import { type VideoFields, videoSnippet } from '../../features/snippets/video-snippets.ts';
import { useMessages } from '../../i18n/messages.ts';

interface VideoCodeSheetProps {
  readonly fields: VideoFields;
  readonly onClose: () => void;
}

export function VideoCodeSheet({ fields, onClose }: VideoCodeSheetProps) {
  const t = useMessages('playground');
  const [language, setLanguage] = useState<string>('curl');
  const target = { address: location.origin, key: 'YOUR_API_KEY' };
  const tabs = requestLanguages.map((each) => ({
    value: each,
    label: t(each),
    content: (
      <CodeBlock
        code={videoSnippet(each, fields, target)}
        label={t('codeOf', { model: fields.model, language: t(each) })}
      />
    ),
  }));
  return (
    <Sheet open onClose={onClose} title={t('codeTitle')} description={t('videoCodeText')} wide>
      <Tabs label={t('codeTitle')} tabs={tabs} value={language} onChange={setLanguage} />
    </Sheet>
  );
}
