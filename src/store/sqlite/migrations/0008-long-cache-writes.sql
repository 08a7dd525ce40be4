-- A rate for input that is written to a cache which lasts for an hour or longer.

ALTER TABLE prices ADD COLUMN long_cache_write INTEGER;
