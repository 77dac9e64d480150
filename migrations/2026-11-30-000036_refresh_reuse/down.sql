ALTER TABLE used_refresh_tokens DROP COLUMN salt, DROP COLUMN exchanged_at;
