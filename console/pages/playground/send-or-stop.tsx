/** The button that sends a form, and while its request runs the one that stops it. */
import { Square } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { useMessages } from '../../i18n/messages.ts';

interface SendOrStopProps {
  /** What it says and shows while nothing runs. */
  readonly label: string;
  readonly icon: ReactNode;
  readonly canSend: boolean;
  readonly isRunning: boolean;
  readonly onStop: () => void;
}

export function SendOrStop({ label, icon, canSend, isRunning, onStop }: SendOrStopProps) {
  const t = useMessages('playground');
  // With one key, the button that stops becomes the one that sends within its own click, and sends.
  return isRunning ? (
    <Button key="stop" icon={<Square />} onClick={onStop}>
      {t('stop')}
    </Button>
  ) : (
    <Button key="send" type="submit" variant="primary" icon={icon} aria-disabled={!canSend}>
      {label}
    </Button>
  );
}
