/** Which stored password hashes may be verified. Pure. */

/** bcrypt up to a cost of 14; argon2id up to 97 MiB, 4 passes and 4 lanes. */
const verifiable =
  /^\$(?:2[aby]\$(?:0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}|argon2id\$v=19\$m=\d{1,5},t=[1-4],p=[1-4]\$[+/A-Za-z0-9]{11,}\$[+/A-Za-z0-9]{16,})$/;

/**
 * Whether a hash can be verified in a short time. Others keep threads busy that every request needs: somebody who knows only
 * the user name could stop the gateway.
 */
export const isVerifiable = (passwordHash: string): boolean => verifiable.test(passwordHash);

/** Whether another gateway made the hash (bcrypt): to be replaced as soon as the password is known. */
export const isForeignHash = (passwordHash: string): boolean => passwordHash.startsWith('$2');
