-- Where and when each session was used, one-time codes that sign root in for the first time, and preferences.
-- oldest reader: 3

ALTER TABLE sessions
  ADD COLUMN address text NOT NULL DEFAULT '',
  ADD COLUMN user_agent text NOT NULL DEFAULT '',
  ADD COLUMN last_used_at bigint NOT NULL DEFAULT 0;

-- Rows stay, even expired ones, until the account has signed in or has a password of its own.
CREATE TABLE setup_codes (
  digest bytea PRIMARY KEY,
  account_id bigint NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  expires_at bigint NOT NULL
);
CREATE INDEX setup_codes_by_account ON setup_codes (account_id);

-- Empty texts = as the browser says.
CREATE TABLE preferences (
  account_id bigint PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  language text NOT NULL,
  theme text NOT NULL,
  time_zone text NOT NULL,
  shortcuts boolean NOT NULL
);
