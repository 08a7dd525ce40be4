/** Says for the operator why an address cannot be listened on, and what to do. Pure. */

/**
 * @param code of the system's error, such as `EADDRINUSE`
 * @param setting name of the setting that has the address
 * @returns a sentence without its period
 */
export function listenReason(code: string, setting: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `another process uses it (${code}). End that process, or set ${setting} to another port`;
    case 'EACCES':
      return `this user has no permission (${code}). Set ${setting} to a port from 1024 on, or grant the capability CAP_NET_BIND_SERVICE`;
    case 'EADDRNOTAVAIL':
      return `this machine has no such address (${code}). Set ${setting} to an address of this machine, or to 0.0.0.0 for all`;
    default:
      return `${code}. Set ${setting} to an address of this machine`;
  }
}
