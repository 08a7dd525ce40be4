/** All vendors of jobs. Routing, polling, documents and tests derive from this list. */
import { bria } from './bria.ts';
import { flux } from './flux.ts';
import { kling } from './kling.ts';
import { midjourney } from './midjourney.ts';
import { minimax } from './minimax.ts';
import { replicate } from './replicate.ts';
import { runway } from './runway.ts';
import { seedance } from './seedance.ts';
import { suno } from './suno.ts';
import type { JobVendor } from './vendor.ts';
import { videos } from './videos.ts';
import { xaiVideo } from './xai-video.ts';

export const jobVendors: readonly JobVendor[] = [
  ...[videos, suno, kling, midjourney, runway],
  ...[replicate, flux, bria, xaiVideo, seedance, minimax],
];
