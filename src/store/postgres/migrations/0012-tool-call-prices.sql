-- Rates for calls of hosted tools: web searches, file searches, containers in which a model runs code.
-- oldest reader: 3

ALTER TABLE prices
  ADD COLUMN web_search bigint,
  ADD COLUMN file_search bigint,
  ADD COLUMN code_session bigint;
