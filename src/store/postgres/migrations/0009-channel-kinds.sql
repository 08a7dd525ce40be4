-- The kind of upstream that a channel is, and the options that differ from those of its kind, as a JSON object.
-- oldest reader: 3

ALTER TABLE channels
  ADD COLUMN kind text NOT NULL DEFAULT 'custom',
  ADD COLUMN options text NOT NULL DEFAULT '{}';
