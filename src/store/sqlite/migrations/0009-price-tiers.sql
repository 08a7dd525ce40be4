-- Rates of service tiers, as a JSON object by their names.

ALTER TABLE prices ADD COLUMN tiers TEXT NOT NULL DEFAULT '{}';
