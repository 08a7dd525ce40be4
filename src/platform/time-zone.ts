/** Validates time zone names. */

/**
 * The zone's name as the IANA database writes it.
 * @returns undefined when the runtime does not know it
 */
export function timeZoneName(name: string): string | undefined {
  try {
    const known = Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
    // Offsets and whole times such as `2027-01-01T00:00Z` are taken too, but are no zones that people mean.
    return /^[+-]/.test(known) || known.toLowerCase() !== name.toLowerCase() ? undefined : known;
  } catch {
    return undefined;
  }
}
