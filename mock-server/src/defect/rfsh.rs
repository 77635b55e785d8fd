//! Defects in refreshing.

use super::family;

family! { "RFSH";
    STATIC_RT "static-rt" breaks ["AS-13", "RFSH-01"] implies ["RFSH-02", "RFSH-03", "RFSH-04", "RFSH-05"]
        does "Gives a public client the same refresh token again.";
    OLD_RT_ALIVE "old-rt-alive" breaks ["RFSH-02"]
        implies ["RFSH-03", "RFSH-04", "RFSH-05", "RFSH-07", "RFSH-12"]
        does "Rotates refresh tokens and goes on taking the old ones.";
    REUSE_NO_FAMILY "reuse-no-family" breaks ["RFSH-03"] implies ["RFSH-04"]
        does "Refuses a rotated token and lets its successor live.";
    FAMILY_AT_ALIVE "family-at-alive" breaks ["RFSH-04"] implies []
        does "Ends the refresh tokens of a family whose token was used again, and not its access tokens.";
    ROTATION_TOCTOU "rotation-toctou" breaks ["RFSH-05"] implies []
        does "Looks whether a refresh token was rotated, pauses, and rotates it afterwards, each time into a family of its own.";
    GRACE_ORPHAN "grace-orphan" breaks ["RFSH-06"]
        implies ["RFSH-02", "RFSH-03", "RFSH-04", "RFSH-05", "RFSH-07"]
        does "Has a grace window of 30 seconds whose tokens belong to no family.";
    GRACE_SLIDING "grace-sliding" breaks ["RFSH-07"] implies ["RFSH-02", "RFSH-03", "RFSH-04", "RFSH-05"]
        does "Has a grace window of 30 seconds that starts anew with each use and counts nothing.";
    LOST_RESPONSE_LOCKOUT "lost-response-lockout" breaks ["RFSH-08"] implies []
        does "Promises a grace window of 30 seconds and has none: the first retry with the replaced token ends the family.";
    RT_UNBOUND "rt-unbound" breaks ["AS-16", "RFSH-09"] implies []
        does "Refreshes for any client.";
    REFRESH_WIDEN "refresh-widen" breaks ["AS-16", "RFSH-10"] implies ["RFSH-11"]
        does "Gives a refresh whatever scope it asks for.";
    NARROW_IGNORED "narrow-ignored" breaks ["RFSH-10"] implies []
        does "Gives a refresh the whole scope when it asks for less.";
    RT_NARROWED "rt-narrowed" breaks ["RFSH-11"] implies []
        does "Narrows the refresh token together with the access token.";
    REVOKED_503 "revoked-503" breaks ["RFSH-12"]
        implies ["OAC-03", "REVK-01", "RFSH-02", "RFSH-03", "RFSH-05", "RFSH-09", "TOK-04"]
        does "Answers a dead refresh token with 503.";
    REVOKED_INVALID_REQUEST "revoked-invalid-request" breaks ["RFSH-12"]
        implies ["REVK-01", "RFSH-02", "RFSH-03", "RFSH-09"]
        does "Answers a dead refresh token with invalid_request.";
    RT_IMMORTAL "rt-immortal" breaks ["RFSH-13"] implies []
        does "Lets refresh tokens live for ever.";
    TIMEOUT_EXCEEDS_GRANT "timeout-exceeds-grant" breaks ["RFSH-14"] implies []
        does "Tells a lifetime of the refresh token that is longer than that of its grant.";
    REFRESH_NO_CAUTH "refresh-no-cauth" breaks ["RFSH-15"] implies ["CAUTH-01"]
        does "Refreshes for a confidential client without its secret.";
    REFRESH_KILLS_OLD_AT "refresh-kills-old-at" breaks ["RFSH-16"] implies []
        does "Ends the access token before when it issues the next.";
    REFRESH_ANY_AUD "refresh-any-aud" breaks ["RFSH-17"] implies ["RIND-04"]
        does "Refreshes for any resource.";
}
