/** All features of the matrix, in the order of its rows. */
import type { Feature } from './feature.ts';
import { failures } from './features/failures.ts';
import { media } from './features/media.ts';
import { others } from './features/others.ts';
import { texts } from './features/texts.ts';
import { thinking } from './features/thinking.ts';
import { tools } from './features/tools.ts';

export const features: readonly Feature[] = [
  ...texts,
  ...tools,
  ...media,
  ...thinking,
  ...failures,
  ...others,
];
