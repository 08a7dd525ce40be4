-- Finds in which quarter hours a model, a group or a channel was used, so that a rare one is not searched for in every record.
-- oldest reader: 3

CREATE INDEX usage_quarters_by_model ON usage_quarters (model, quarter);
CREATE INDEX usage_quarters_by_group ON usage_quarters (group_name, quarter);
CREATE INDEX usage_quarters_by_channel ON usage_quarters (channel_id, quarter);
