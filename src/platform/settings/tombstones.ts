/** Settings of the tombstone log, which keeps deleted credentials dead after the database is restored. */
import { z } from 'zod';
import { isDatabaseUrl } from './values.ts';

export const tombstonesSettings = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File that names, by digest, what was deleted for good, so that a restored backup does not bring it back (operations.md#backups). Without it `tombstones.log` in the data directory. Best on another disk than the database; in a fleet on a volume of each node that lasts.',
      ),
    url: z
      .string()
      .refine(isDatabaseUrl, 'must be postgres://user:password@host:port/database')
      .optional()
      .describe(
        'A second PostgreSQL database that keeps the same in place of the file, for all nodes of a fleet. It must not be restored together with `database.url`.',
      )
      .meta({ secret: true, format: 'postgres://user:password@host:port/database' }),
  })
  .refine(({ path, url }) => path === undefined || url === undefined, 'must have path or url, not both')
  .prefault({});
