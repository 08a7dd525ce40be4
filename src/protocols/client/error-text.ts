/** The public text of an error, the same in every protocol. Pure. */

/** Ends with the request id, so that a text pasted into a report is enough to find the request in the log. */
export function withRequestId(message: string, requestId: string): string {
  return `${message} (request id: ${requestId})`;
}
