-- Rates of service tiers, as a JSON object by their names.
-- oldest reader: 3

ALTER TABLE prices ADD COLUMN tiers text NOT NULL DEFAULT '{}';
