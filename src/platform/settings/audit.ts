/** Settings of the audit log: how long it is kept. */
import { z } from 'zod';

const days = () => z.int().min(0).max(36_500).default(0);

export const auditSettings = z
  .strictObject({
    days: days().describe('Days after which an entry of the audit log is removed; 0 = never.'),
    address_days: days().describe(
      'Days after which client address and user agent of an entry are erased, while the rest stays; 0 = never.',
    ),
  })
  .prefault({});
