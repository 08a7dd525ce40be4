/** Whether a channel's upstream may be asked for usage in its streams. */
export const channelStreamUsage = `
ALTER TABLE channels ADD COLUMN stream_usage INTEGER NOT NULL DEFAULT 1 CHECK (stream_usage IN (0, 1));
`;
