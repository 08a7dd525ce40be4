-- The proxy of a channel: its address and its sealed credentials.
-- oldest reader: 3

ALTER TABLE channels ADD COLUMN proxy text;
ALTER TABLE channels ADD COLUMN sealed_proxy_auth bytea;
