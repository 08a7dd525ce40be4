/** Asks before a drawn mask is lost. */
import { useDiscard } from '../../../components/discard.tsx';

/** Draw it while there is a mask that was not sent. */
export function MaskGuard() {
  return useDiscard(true, 'pane');
}
