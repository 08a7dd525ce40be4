-- Rates for calls of hosted tools: web searches, file searches, containers in which a model runs code.

ALTER TABLE prices ADD COLUMN web_search INTEGER;
ALTER TABLE prices ADD COLUMN file_search INTEGER;
ALTER TABLE prices ADD COLUMN code_session INTEGER;
