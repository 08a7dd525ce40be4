/** Checks the tombstone log, for `halley doctor`. */
import {
  areRestoresProtected,
  type TombstoneSettings,
  tombstoneLogPath,
} from '../store/tombstones/open-log.ts';
import { type Finding, failed, ok } from './finding.ts';

export function checkTombstones(settings: TombstoneSettings): Finding {
  const check = 'restores';
  if (!areRestoresProtected(settings)) {
    return failed(
      check,
      'Restores are not protected: the tombstone log is in the data directory of this node, which may not be persistent. Set tombstones.path to a file on a persistent volume, or tombstones.url to a second database.',
    );
  }
  const where = tombstoneLogPath(settings) ?? 'the database of tombstones.url';
  return ok(
    check,
    `Deleted credentials stay deleted when the database is restored: deletions are also written to ${where}.`,
  );
}
