/** The columns in which a node tells what it knows of a deleted key. */
import { integer, optional } from '../columns.ts';

export const keyReports = {
  keyId: integer(),
  appliedAt: integer(),
  ended: integer(),
  lastAdmittedAt: optional(integer()),
  knownSince: integer(),
} as const;
