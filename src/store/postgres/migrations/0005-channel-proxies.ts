/** The proxy of a channel: its address, and its credentials sealed. */

export const channelProxies = `
ALTER TABLE channels ADD COLUMN proxy text;
ALTER TABLE channels ADD COLUMN sealed_proxy_auth bytea;
`;
