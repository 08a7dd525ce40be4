/** Bounds how much garbage V8 lets pile up. */
import { setFlagsFromString } from 'node:v8';

/**
 * How much the old generation may grow between two full collections, in percent of what the first one left. By default V8
 * lets it grow up to fourfold, and on a machine with much memory to hundreds of megabytes before the first collection.
 */
const growthPercent = 50;

/** Call once, early: it holds for the whole process, its threads included. A V8 that does not know the
 * flag says so and goes on. */
export function boundHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}
