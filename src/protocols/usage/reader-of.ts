/** Makes the usage readers of a protocol. */
import { JsonUsageReader } from './json-usage.ts';
import { SseUsageReader } from './sse-usage.ts';
import { UnreadBytes } from './unread-bytes.ts';
import type { UsageReaderFactory } from './usage-reader.ts';
import type { UsageShape } from './usage-shape.ts';

export const readerOf =
  (usage: UsageShape): UsageReaderFactory =>
  (form) => {
    switch (form) {
      case 'sse':
        return new SseUsageReader(usage);
      case 'bytes':
        return new UnreadBytes();
      default:
        return new JsonUsageReader(usage, form);
    }
  };
