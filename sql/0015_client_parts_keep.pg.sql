-- What was granted stays as it was granted, and what was revoked, revoked.

CREATE FUNCTION consent_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a consent is never changed, it is revoked once';
END
$$;

CREATE TRIGGER consent_unchanged BEFORE UPDATE OF id, uid, purpose,
    text_version, channel, signed_by, ip, user_agent, granted_at, created_by
    ON consent FOR EACH ROW EXECUTE FUNCTION consent_refuse();
CREATE TRIGGER consent_revoked_once BEFORE UPDATE OF revoked_at, revoked_by,
    revoke_channel ON consent FOR EACH ROW WHEN (OLD.revoked_at IS NOT NULL)
    EXECUTE FUNCTION consent_refuse();
CREATE TRIGGER consent_not_deleted BEFORE DELETE ON consent
    FOR EACH ROW EXECUTE FUNCTION consent_refuse();
