/** Programs that no block may reach from a test: they would change the machine, or something behind it. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const refused = ['docker', 'git', 'helm', 'kubectl', 'npx', 'sudo', 'systemctl'];

/** The scripts of this checkout whose commands a page shows; `ci` has nothing to do in an installed checkout. */
const npm = `#!/bin/sh
case $1 in
  ci) ;;
  start) exec halley serve ;;
  *) echo "a test does not run npm $*"; exit 97 ;;
esac
`;

/** Writes programs into a directory of the path that stand in the way of those of the machine. */
export function writeRefusedPrograms(directory: string): void {
  const write = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    chmodSync(join(directory, name), 0o755);
  };
  for (const name of refused) write(name, `#!/bin/sh\necho "a test does not run ${name}"\nexit 97\n`);
  write('npm', npm);
}
