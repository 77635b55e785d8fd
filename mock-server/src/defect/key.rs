//! Defects in the life of API keys.

use super::family;

family! { "KEY";
    KEY_READABLE "key-readable" breaks ["KEY-01"] implies []
        does "Keeps the value of a key and shows it in every listing.";
    KEY_CACHE_TTL "key-cache-ttl" breaks ["KEY-02"] implies ["KEY-07", "SCOPE-08", "STRM-01", "STRM-02", "STRM-03", "WHS-11", "WSTK-07"]
        does "Takes a key that was good once for good for a minute.";
    EXPIRY_UI_ONLY "expiry-ui-only" breaks ["KEY-03"] implies ["KEY-05", "STRM-04"]
        does "Shows the end of a key and does not hold to it; only what had ended before the start is refused.";
    KEY_DEFAULT_ADMIN "key-default-admin" breaks ["KEY-04"] implies []
        does "Gives a key that was asked for without scopes all that its issuer holds.";
    ROTATE_WIDEN "rotate-widen" breaks ["KEY-05"] implies []
        does "Gives a rotated key all that its issuer holds.";
    ROTATE_GAP "rotate-gap" breaks ["KEY-05"] implies []
        does "Ends the old key at once when it is rotated.";
    ROTATE_ENDLESS "rotate-endless" breaks ["KEY-05"] implies []
        does "Lets the old key live on for ever when it is rotated.";
    NAME_RESURRECTS "name-resurrects" breaks ["KEY-06"] implies []
        does "Brings a revoked key back when a new one of its name is made.";
    ORPHAN_KEY "orphan-key" breaks ["KEY-07"] implies []
        does "Goes on taking the keys of a user whose account was closed.";
    NO_PREFIX "no-prefix" breaks ["KEY-08"] implies []
        does "Makes keys of letters and digits without a prefix.";
    NO_LAST_USED "no-last-used" breaks ["KEY-09"] implies []
        does "Does not note when a key was used.";
    ALL_WORKSPACES "all-workspaces" breaks ["KEY-10"] implies ["SCOPE-02", "SCOPE-06"]
        does "Takes a scope on one workspace for a scope on all of them.";
}
