//! Defects in introspection.

use super::family;

family! { "INTR";
    INTROSPECT_OPEN "introspect-open" breaks ["INTR-01"] implies ["INTR-02"]
        does "Tells anybody about tokens.";
    INACTIVE_DETAILS "inactive-details" breaks ["INTR-02"] implies []
        does "Says why a token is not active, and whose it was.";
    INTROSPECT_EXP_ONLY "introspect-exp-only" breaks ["INTR-03"] implies ["INTR-02", "INTR-04"]
        does "Takes every token whose time is not over for active, revoked ones included.";
    RS_OWN_RULES "rs-own-rules" breaks ["INTR-04"]
        implies ["OAC-03", "REVK-01", "REVK-04", "REVK-05", "REVK-06", "REVK-08", "RFSH-04"]
        does "Lets resources judge tokens by their own rules, which know nothing of revocations.";
    CACHE_PAST_EXP "cache-past-exp" breaks ["INTR-05"] implies []
        does "Remembers for ten minutes whom an access token stood for, also past the end of the token.";
    FAIL_OPEN "fail-open" breaks ["INTR-06"] implies []
        does "Lets every token in while nobody can be asked about it.";
    TRUTHY_ACTIVE "truthy-active" breaks ["INTR-06"] implies []
        does "Takes a token for active when the answer holds any text there, \"false\" included.";
}
