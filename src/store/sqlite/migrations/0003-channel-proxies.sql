-- The proxy of a channel: its address and its sealed credentials.

ALTER TABLE channels ADD COLUMN proxy TEXT;
ALTER TABLE channels ADD COLUMN sealed_proxy_auth BLOB;
