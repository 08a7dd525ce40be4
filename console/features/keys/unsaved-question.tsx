/** Asks inside a dialog whether what it holds may be lost. */
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { useMessages } from '../../i18n/messages.ts';

interface UnsavedQuestionProps {
  readonly title: string;
  readonly text: string;
  readonly onStay: () => void;
  readonly onLeave: () => void;
}

export function UnsavedQuestion({ title, text, onStay, onLeave }: UnsavedQuestionProps) {
  const t = useMessages('common');
  return (
    <Callout
      tone="warn"
      title={title}
      actions={
        <>
          <Button size="sm" autoFocus onClick={onStay}>
            {t('unsavedStay')}
          </Button>
          <Button size="sm" variant="danger" onClick={onLeave}>
            {t('unsavedLeave')}
          </Button>
        </>
      }
    >
      {text}
    </Callout>
  );
}
