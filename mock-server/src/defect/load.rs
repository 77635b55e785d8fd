//! Defects that show under load alone: above 200 requests a second for two seconds, where nothing else is said.

use super::{Defect, family};

family! { "LOAD";
    SHARED_CONTEXT "shared-context" breaks ["LOAD-01"] implies []
        does "Keeps what calls come to in one place for all: above 200 requests a second some callers get what another asked for.";
    FAIL_OPEN_UNDER_LOAD "fail-open-under-load" breaks ["LOAD-02"] implies ["LOAD-04"]
        does "Lets every credential pass above 200 requests a second, and looks at no permission then.";
    AUTH_DB_TIMEOUT_401 "auth-db-timeout-401" breaks ["LOAD-03"] implies []
        does "Answers one of 50 genuine credentials with 401 above 200 requests a second.";
    NODE_LOCAL_CACHE "node-local-cache" breaks ["LOAD-04"] implies []
        does "Has four nodes, one of which hears of revocations: on three of four connections a credential that called under load goes on for five minutes.";
    STORM_500 "storm-500" breaks ["LOAD-05"] implies []
        does "Answers every second refresh with 500 while eight grants and more refresh within half a second.";
    OUTAGE_AS_401 "outage-as-401" breaks ["LOAD-06"] implies []
        does "Calls a token invalid, with 401, while nobody can be asked about it.";
    HASH_PER_REQUEST "hash-per-request" breaks ["LOAD-07"] implies []
        does "Hashes the token of every request for a millisecond, one after the other.";
    STALE_REPLICA "stale-replica" breaks ["LOAD-08"] implies []
        does "Answers every second request by the rights of before for five seconds after they were changed, above 200 requests a second.";
}

/// Those that look at how many requests come.
pub(crate) const CROWDED: [Defect; 5] = [
    SHARED_CONTEXT,
    FAIL_OPEN_UNDER_LOAD,
    AUTH_DB_TIMEOUT_401,
    NODE_LOCAL_CACHE,
    STALE_REPLICA,
];
