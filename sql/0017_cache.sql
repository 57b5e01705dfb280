-- What tells a cache that it has missed something. A write that could not
-- reach the cache raises `epoch` in its own transaction; values of another
-- epoch are not used. `site` tells the databases apart that share one Redis.

CREATE TABLE cache_epoch (
    id    BIGINT PRIMARY KEY CHECK (id = 1),
    epoch BIGINT NOT NULL,
    site  BIGINT NOT NULL
);

-- random() is a number of 64 bits in SQLite and 0.… in PostgreSQL: from both
-- come up to fourteen digits
INSERT INTO cache_epoch (id, epoch, site)
VALUES (1, 1, CAST(substr(CAST(random() AS TEXT), 3, 14) AS BIGINT));
