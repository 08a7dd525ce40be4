/** Makes the usage readers of a protocol. */
import { JsonUsageReader } from './json-usage.ts';
import { SseUsageReader } from './sse-usage.ts';
import type { UsageReaderFactory } from './usage-reader.ts';
import type { UsageShape } from './usage-shape.ts';

export const readerOf =
  (usage: UsageShape): UsageReaderFactory =>
  (form) =>
    form === 'sse' ? new SseUsageReader(usage) : new JsonUsageReader(usage, form);
