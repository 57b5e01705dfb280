-- Login by an OpenID provider. Who a person is there is its issuer and the
-- subject that it never gives to anybody else; an e-mail can change hands.

ALTER TABLE app_user ADD COLUMN oidc_issuer TEXT;
ALTER TABLE app_user ADD COLUMN oidc_subject TEXT;

CREATE UNIQUE INDEX app_user_by_subject ON app_user (oidc_subject, oidc_issuer);

-- How the person came in: who came by the provider is offered to leave there.
ALTER TABLE session ADD COLUMN via TEXT NOT NULL DEFAULT 'password'
    CHECK (via IN ('password', 'oidc'));

-- Logins that were begun and may come back, once. Neither the state nor the
-- cookie can be read here, and nonce and verifier follow from the state.
CREATE TABLE oidc_login (
    state_hash   TEXT PRIMARY KEY,
    browser_hash TEXT NOT NULL,
    ip           TEXT NOT NULL,
    next         TEXT NOT NULL,
    lang         TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);

CREATE INDEX oidc_login_by_ip ON oidc_login (ip, expires_at);
CREATE INDEX oidc_login_by_expiry ON oidc_login (expires_at);

-- What the provider publishes of itself, for all workers.
CREATE TABLE oidc_provider (
    issuer        TEXT PRIMARY KEY,
    authorize_url TEXT NOT NULL,
    token_url     TEXT NOT NULL,
    logout_url    TEXT NOT NULL,                 -- '' = it has none
    keys_url      TEXT NOT NULL,
    keys          TEXT NOT NULL,                 -- a JWK set
    fetched_at    BIGINT NOT NULL,
    renewed_at    BIGINT NOT NULL                -- for a key that was missing
);
