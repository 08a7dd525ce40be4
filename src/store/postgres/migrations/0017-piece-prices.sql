-- Rates for characters, seconds of sound and video, and search units, and for what is made in a size or quality.
-- oldest reader: 3

ALTER TABLE prices
  ADD COLUMN piece_character bigint NOT NULL DEFAULT 0,
  ADD COLUMN audio_second bigint NOT NULL DEFAULT 0,
  ADD COLUMN search_unit bigint NOT NULL DEFAULT 0,
  ADD COLUMN video_second bigint NOT NULL DEFAULT 0,
  ADD COLUMN variants text NOT NULL DEFAULT '{}';
