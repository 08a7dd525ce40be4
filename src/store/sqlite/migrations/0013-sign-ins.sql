-- Where and when each session was used, one-time codes that sign root in for the first time, and preferences.

ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN last_used_at INTEGER NOT NULL DEFAULT 0;

-- Rows stay, even expired ones, until the account has signed in or has a password of its own.
CREATE TABLE setup_codes (
  digest BLOB NOT NULL PRIMARY KEY,
  account_id INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX setup_codes_by_account ON setup_codes (account_id);

-- Empty texts = as the browser says.
CREATE TABLE preferences (
  account_id INTEGER NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
  language TEXT NOT NULL,
  theme TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  shortcuts INTEGER NOT NULL
) STRICT;
