/** Who made the demo data, as the audit log names them. */
import { gatewayOrigin, type Origin } from '../../src/domain/audit.ts';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';

/** The first account of a database. */
export const rootOrigin: Origin = {
  ...gatewayOrigin,
  actorId: 1,
  actorName: 'root',
  credential: 'session',
  credentialId: '5f2c81aa',
  address: '203.0.113.24',
  userAgent: firefox,
};

/** An account that makes its own keys, from an address of its own. */
export function ownerOrigin(actorId: number, actorName: string): Origin {
  return {
    ...rootOrigin,
    actorId,
    actorName,
    credential: 'access_token',
    credentialId: '9d03b7e1',
    address: `198.51.100.${actorId}`,
    userAgent: 'halley/0.1.0',
  };
}
