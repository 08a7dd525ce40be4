-- Whether usage may be requested in the streams of a channel.

ALTER TABLE channels ADD COLUMN stream_usage INTEGER NOT NULL DEFAULT 1 CHECK (stream_usage IN (0, 1));
