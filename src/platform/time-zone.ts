/** Validates time zone names. */

/**
 * Returns the zone's name as in the IANA database.
 * @returns undefined when the runtime does not know it
 */
export function timeZoneName(name: string): string | undefined {
  try {
    const known = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
    // The runtime also accepts offsets and times such as `2027-01-01T00:00Z`, which are not zone names.
    return /^[+-]/.test(known) || known.toLowerCase() !== name.toLowerCase() ? undefined : known;
  } catch {
    return undefined;
  }
}
