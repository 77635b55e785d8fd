//! Defects in revocation and in how far it reaches.

use super::family;

family! { "REVK";
    REVOKE_NOOP "revoke-noop" breaks ["REVK-01"]
        implies ["INTR-02", "INTR-03", "REVK-04", "REVK-05", "REVK-06", "REVK-08", "RFSH-12"]
        does "Answers 200 and revokes nothing.";
    REVOKE_404 "revoke-404" breaks ["REVK-02"] implies []
        does "Answers 404 for a token it does not know.";
    REVOKE_ANY "revoke-any" breaks ["REVK-03"] implies []
        does "Revokes for any client.";
    REVOKE_CACHE_60S "revoke-cache-60s" breaks ["REVK-04"]
        implies ["INTR-04", "OAC-03", "REVK-01", "REVK-05", "REVK-06", "REVK-08", "RFSH-04"]
        does "Goes on taking revoked access tokens for a minute.";
    ONE_NODE_STALE "one-node-stale" breaks ["REVK-04"]
        implies ["INTR-04", "OAC-03", "REVK-01", "REVK-05", "REVK-06", "REVK-08", "RFSH-04"]
        does "Has one node of four that does not hear of revocations: every fourth request of a revoked token passes.";
    REVOKE_NO_CASCADE "revoke-no-cascade" breaks ["REVK-05"] implies []
        does "Revokes a refresh token and lets its access tokens live.";
    HINT_ONLY "hint-only" breaks ["REVK-06"] implies []
        does "Looks a token up only as what the hint says it is.";
    REVOKE_GET "revoke-get" breaks ["REVK-07"] implies []
        does "Revokes for GET with the token in the query.";
    WS_FORGETS_REVOCATION "ws-forgets-revocation" breaks ["REVK-08"] implies ["REVK-04"]
        does "Lets streams that stand live on when their credential is revoked.";
    REVOKE_BY_USER "revoke-by-user" breaks ["REVK-09"] implies ["REVK-03"]
        does "Revokes every grant of a user when one is revoked.";
}
