/** Settings of the tombstone log, which keeps deleted credentials revoked after the database is restored. */
import { z } from 'zod';
import { isDatabaseUrl } from './values.ts';

export const tombstonesSettings = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File that lists the digests of deleted credentials, so that a restored backup does not make them valid again (backup.md). Default: `tombstones.log` in the data directory. Put it on a different disk than the database; in a cluster, on a persistent volume of each node.',
      ),
    url: z
      .string()
      .refine(isDatabaseUrl, 'must be postgres://user:password@host:port/database')
      .optional()
      .describe(
        'A second PostgreSQL database that stores the tombstone log of all nodes of a cluster instead of the file. It must not be restored together with `database.url`.',
      )
      .meta({ secret: true, format: 'postgres://user:password@host:port/database' }),
  })
  .refine(({ path, url }) => path === undefined || url === undefined, 'must have path or url, not both')
  .prefault({});
