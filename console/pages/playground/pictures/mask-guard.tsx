/** Asks before a drawn mask is lost. */
import { useDiscard } from '../../../components/discard.tsx';

interface MaskGuardProps {
  /** Whether there is a mask that was not sent. */
  readonly isDirty: boolean;
}

export function MaskGuard({ isDirty }: MaskGuardProps) {
  return useDiscard(isDirty, 'pane');
}
