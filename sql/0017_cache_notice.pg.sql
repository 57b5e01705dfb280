-- Processes on other hosts hear of a new epoch at once: lib/store/README.cache.md.

CREATE FUNCTION cache_epoch_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('cache_epoch', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER cache_epoch_moved AFTER UPDATE ON cache_epoch
    FOR EACH ROW EXECUTE FUNCTION cache_epoch_tell();
