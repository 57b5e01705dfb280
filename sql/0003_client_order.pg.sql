-- The order of name_key is that of its bytes, whatever the server's locale,
-- so that both databases page alike.
ALTER TABLE client ALTER COLUMN name_key TYPE TEXT COLLATE "C";
