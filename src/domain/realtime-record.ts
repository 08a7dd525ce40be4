/** Request ids of the records of a realtime session: that of the session, a dot, and an ordinal from 1. Pure. */

export function realtimeRecordId(session: string, ordinal: number): string {
  return `${session}.${ordinal}`;
}

/** @returns undefined for an id that `realtimeRecordId` does not make */
export function realtimeRecordPlace(
  requestId: string,
): { readonly session: string; readonly ordinal: number } | undefined {
  const [, session = '', ordinal] = /^(.+)\.([1-9][0-9]{0,9})$/.exec(requestId) ?? [];
  return ordinal === undefined ? undefined : { session, ordinal: Number(ordinal) };
}
