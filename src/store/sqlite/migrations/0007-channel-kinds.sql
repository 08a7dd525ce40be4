-- The kind of upstream that a channel is, and the options that differ from those of its kind, as a JSON object.

ALTER TABLE channels ADD COLUMN kind TEXT NOT NULL DEFAULT 'custom';
ALTER TABLE channels ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
