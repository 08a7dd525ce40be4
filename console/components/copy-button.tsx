/** Copies a text and says whether that worked. */
import { Check, Copy, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { useMessages } from '../i18n/messages.ts';
import { announce } from './announcer.tsx';
import { Button, type ButtonLook, IconButton } from './button.tsx';
import { copyText } from './copy-text.ts';

interface CopyButtonProps extends ButtonLook {
  readonly text: string | (() => Promise<string>);
  /** What is copied, for the accessible name: "Copy the key ci". */
  readonly label: string;
  /** A visible label; without one the button is an icon. */
  readonly children?: string;
  readonly onCopied?: () => void;
  /** Called when the browser refuses: show the text, selected, so that the user can copy it. */
  readonly onRefused?: (text: string) => void;
}

type State = 'idle' | 'copied' | 'refused';

export function CopyButton({ text, label, children, onCopied, onRefused, ...look }: CopyButtonProps) {
  const t = useMessages('common');
  const [state, setState] = useState<State>('idle');

  const copy = async () => {
    let value: string;
    try {
      value = typeof text === 'string' ? text : await text();
    } catch {
      // The caller, which fetches the text, shows why it could not.
      return setState('idle');
    }
    const copied = await copyText(value);
    setState(copied ? 'copied' : 'refused');
    announce(t(copied ? 'copied' : 'copyRefused'));
    if (copied) onCopied?.();
    else onRefused?.(value);
  };

  const icon = state === 'copied' ? <Check /> : state === 'refused' ? <TriangleAlert /> : <Copy />;
  const reset = () => setState('idle');
  if (children === undefined) {
    return <IconButton {...look} label={label} icon={icon} onClick={copy} onBlur={reset} />;
  }
  return (
    <Button {...look} icon={icon} aria-label={label} onClick={copy} onBlur={reset}>
      {state === 'idle' ? children : t(state === 'copied' ? 'copied' : 'copyRefused')}
    </Button>
  );
}
