/** Whether a channel's upstream may be asked for usage in its streams. Older nodes leave it as it is. */
export const channelStreamUsage = `
ALTER TABLE channels ADD COLUMN stream_usage boolean NOT NULL DEFAULT true;
`;
