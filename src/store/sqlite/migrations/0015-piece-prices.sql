-- Rates for characters, seconds of sound and video, and search units, and for what is made in a size or quality.

ALTER TABLE prices ADD COLUMN piece_character INTEGER NOT NULL DEFAULT 0;
ALTER TABLE prices ADD COLUMN audio_second INTEGER NOT NULL DEFAULT 0;
ALTER TABLE prices ADD COLUMN search_unit INTEGER NOT NULL DEFAULT 0;
ALTER TABLE prices ADD COLUMN video_second INTEGER NOT NULL DEFAULT 0;
ALTER TABLE prices ADD COLUMN variants TEXT NOT NULL DEFAULT '{}';
