//! Defects in rate limits and in what is said about them.

use super::family;

family! { "RATE";
    LIMIT_200_RPC_ERROR "limit-200-rpc-error" breaks ["RATE-01"] implies ["RATE-13"]
        does "Tells a limit with status 200 and a JSON-RPC error.";
    LIMIT_403 "limit-403" breaks ["RATE-01"] implies ["RATE-13"]
        does "Tells a limit with status 403.";
    BARE "429-bare" breaks ["RATE-02"] implies []
        does "Sends 429 without Retry-After and without any rate header.";
    RETRY_AFTER_MS "retry-after-ms" breaks ["RATE-03"] implies ["RATE-04"]
        does "Sends Retry-After in milliseconds.";
    RETRY_AFTER_ISO "retry-after-iso" breaks ["RATE-03"] implies []
        does "Sends Retry-After as an ISO 8601 date.";
    RESET_LIES "reset-lies" breaks ["RATE-04"] implies []
        does "Announces a reset after half of the time that it takes.";
    RESET_SLIDES_ON_PROBE "reset-slides-on-probe" breaks ["RATE-04"] implies []
        does "Lets every refused request start the wait anew.";
    HEADERS_DISAGREE "headers-disagree" breaks ["RATE-05"] implies []
        does "Announces a later reset in RateLimit and X-RateLimit-Reset than in Retry-After.";
    SF_UNQUOTED "sf-unquoted" breaks ["RATE-06"] implies []
        does "Writes the policy's name in RateLimit without quotes.";
    POLICY_W_ZERO "policy-w-zero" breaks ["RATE-07"] implies []
        does "Writes w=0 in RateLimit-Policy.";
    REMAINING_STUCK "remaining-stuck" breaks ["RATE-08"] implies []
        does "Announces the full remainder until the limit is hit.";
    RESET_EPOCH_MS "reset-epoch-ms" breaks ["RATE-09"] implies []
        does "Sends X-RateLimit-Reset in milliseconds since 1970.";
    CACHED "429-cached" breaks ["RATE-10"] implies []
        does "Sends 429 with Cache-Control: public, max-age=60.";
    EMPTY "429-empty" breaks ["RATE-11"] implies []
        does "Sends 429 without a body.";
    LIMIT_GLOBAL "limit-global" breaks ["RATE-12"] implies ["RATE-19"]
        does "Counts all limited credentials in one bucket.";
    LIMIT_PER_IP "limit-per-ip" breaks ["RATE-12"] implies ["RATE-19"]
        does "Counts by address, whoever calls.";
    NO_PREAUTH_LIMIT "no-preauth-limit" breaks ["RATE-13"] implies []
        does "Lets bad tokens be tried without end.";
    IP_LOCKOUT "ip-lockout" breaks ["RATE-13"] implies []
        does "Refuses genuine keys from an address that tried bad tokens.";
    LIMIT_BY_XFF "limit-by-xff" breaks ["RATE-14"] implies []
        does "Counts by X-Forwarded-For.";
    LIMIT_BY_SESSION "limit-by-session" breaks ["RATE-14"] implies ["RATE-01", "RATE-15", "RS-33"]
        does "Counts each MCP session for itself.";
    LIMIT_BY_CONNECTION "limit-by-connection" breaks ["RATE-14"] implies ["RATE-15", "RATE-18"]
        does "Counts each connection for itself.";
    LIMIT_BY_URL "limit-by-url" breaks ["RATE-14"] implies []
        does "Counts each spelling of the URL for itself.";
    LIMIT_BY_KEY "limit-by-key" breaks ["RATE-14"] implies []
        does "Counts each key of a grant for itself.";
    BATCH_COUNTS_ONE "batch-counts-one" breaks ["RATE-14"] implies []
        does "Counts a JSON-RPC batch as one call.";
    COUNTER_RACE "counter-race" breaks ["RATE-15"] implies ["RATE-14", "RATE-18"]
        does "Looks at the counter, pauses, and counts afterwards.";
    WINDOW_EDGE_2X "window-edge-2x" breaks ["RATE-15"] implies []
        does "Counts in fixed windows, so that twice the limit passes around an edge.";
    AFTER_WORK "429-after-work" breaks ["RATE-16"] implies []
        does "Spends more time on a refusal than on a call.";
    OVERLOAD_RESET "overload-reset" breaks ["RATE-17"] implies ["EVR-14", "INTR-06", "WHR-12"]
        does "Drops connections when it has no room for another stream.";
    STREAMS_UNLIMITED "streams-unlimited" breaks ["RATE-18"] implies []
        does "Does not count opened streams.";
    SHARED_REMAINING "shared-remaining" breaks ["RATE-19"] implies []
        does "Shows what all credentials together have left.";
    AFTER_EFFECT "429-after-effect" breaks ["RL-03"] implies []
        does "Carries a call out and then refuses it.";
    TOOL_CALLS_UNLIMITED "tool-calls-unlimited" breaks ["RS-33"] implies ["RATE-01", "RATE-14", "RATE-15"]
        does "Counts everything but tool calls.";
}
