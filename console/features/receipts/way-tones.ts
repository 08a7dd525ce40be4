/** The tone of each way in which a node confirmed a deletion. */
import type { Tone } from '../../components/status.tsx';
import type { ReceiptNode } from './receipt.ts';

export const wayTones: Readonly<Record<ReceiptNode['way'], Tone>> = {
  made: 'ok',
  acknowledged: 'ok',
  lease_over: 'warn',
  left: 'neutral',
  interrupted: 'warn',
};
