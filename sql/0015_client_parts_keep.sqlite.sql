-- What was granted stays as it was granted, and what was revoked, revoked.

CREATE TRIGGER consent_unchanged BEFORE UPDATE OF id, uid, purpose,
    text_version, channel, signed_by, ip, user_agent, granted_at, created_by
    ON consent BEGIN
    SELECT RAISE(ABORT, 'a consent is never changed');
END;
CREATE TRIGGER consent_revoked_once BEFORE UPDATE OF revoked_at, revoked_by,
    revoke_channel ON consent WHEN old.revoked_at IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'a consent is revoked once');
END;
CREATE TRIGGER consent_not_deleted BEFORE DELETE ON consent BEGIN
    SELECT RAISE(ABORT, 'a consent is never deleted');
END;
