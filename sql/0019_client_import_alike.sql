-- Lines of an import that look like a client that is there: people are told,
-- and they are imported all the same.
ALTER TABLE client_import ADD COLUMN alike BIGINT NOT NULL DEFAULT 0;

-- What is said of the line does not refuse it.
ALTER TABLE client_import_line ADD COLUMN warns BIGINT NOT NULL DEFAULT 0;
