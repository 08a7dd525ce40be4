/** Says who runs a command that changes the database itself, for the audit log. */
import { userInfo } from 'node:os';
import type { Origin } from '../domain/audit.ts';
import { version } from '../platform/version.ts';

/** @param command such as `root reset` */
export function commandOrigin(command: string): Origin {
  return {
    actorId: 0,
    actorName: operatingUser(),
    credential: 'cli',
    credentialId: '',
    address: '',
    userAgent: `halley ${version}: ${command}`,
    requestId: '',
  };
}

/** In a container the user may have a number and no name. */
function operatingUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? '');
  }
}
