-- Whether usage may be requested in the streams of a channel. Older nodes leave the value as it is.
-- oldest reader: 3

ALTER TABLE channels ADD COLUMN stream_usage boolean NOT NULL DEFAULT true;
