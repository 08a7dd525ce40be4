/** Merges what several workers render into one text for a Prometheus server. Pure. */

const familyStart = /^# HELP (\S+)/;

/**
 * A metric may have its lines in one place only, below one description. The label `worker` distinguishes the lines.
 * @param texts of workers; an empty one is left out
 */
export function mergeMetrics(texts: readonly string[]): string {
  const families = new Map<string, string[]>();
  for (const text of texts) {
    let lines: string[] = [];
    let isKnown = false;
    for (const line of text.split('\n')) {
      const name = familyStart.exec(line)?.[1];
      if (name !== undefined) {
        isKnown = families.has(name);
        lines = families.get(name) ?? [];
        families.set(name, lines);
      }
      if (line !== '' && !(isKnown && line.startsWith('#'))) lines.push(line);
    }
  }
  return `${[...families.values()].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
