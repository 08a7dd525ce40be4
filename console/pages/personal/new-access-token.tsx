/** A new access token, shown this once. */
import { useRef } from 'react';
import { Callout } from '../../components/callout.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { TextField } from '../../components/field.tsx';
import { Stack } from '../../components/stack.tsx';
import { useMessages } from '../../i18n/messages.ts';

interface NewAccessTokenProps {
  readonly value: string;
  /** Whether it took the place of another. */
  readonly replaced: boolean;
}

export function NewAccessToken({ value, replaced }: NewAccessTokenProps) {
  const t = useMessages('personal');
  const input = useRef<HTMLInputElement>(null);
  return (
    <Stack gap="sm">
      <Callout tone="ok" title={t('tokenMade')}>
        <span>{t('tokenOnce')}</span>
        {replaced && <span>{t('tokenOldDead')}</span>}
      </Callout>
      <TextField
        ref={input}
        label={t('tokenValue')}
        value={value}
        readOnly
        monospace
        spellCheck={false}
        hint={t('tokenHint')}
        onFocus={(event) => event.currentTarget.select()}
        action={
          <CopyButton text={value} label={t('tokenCopy')} onRefused={() => input.current?.select()}>
            {t('copy')}
          </CopyButton>
        }
      />
    </Stack>
  );
}
