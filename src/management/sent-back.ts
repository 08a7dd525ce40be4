/** Detects unchanged quotas in a full-record update. Pure. */

/**
 * Whether a quota is sent back as it was read, perhaps before part of it was spent; setting it would undo those
 * charges. The record's own `used_quota` shows what had been used when it was read.
 * @param usedThen `used_quota` of the same record, as sent; not a number = it was not sent
 */
export function isSentBack(
  sent: number,
  usedThen: unknown,
  current: { readonly left: number; readonly used: number },
): boolean {
  const spent = typeof usedThen === 'number' ? current.used - usedThen : 0;
  return sent === current.left || (spent > 0 && sent === current.left + spent);
}
