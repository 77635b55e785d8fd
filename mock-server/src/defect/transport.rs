//! Defects in how MCP is carried over HTTP.

use super::family;

family! { "TS";
    ORIGIN_UNCHECKED "origin-unchecked" breaks ["TS-01"] implies []
        does "Does not look at Origin.";
    ORIGIN_POST_ONLY "origin-post-only" breaks ["TS-01"] implies []
        does "Looks at Origin on POST alone.";
    ORIGIN_SSE_UNCHECKED "origin-sse-unchecked" breaks ["TS-01"] implies []
        does "Does not look at Origin on the addresses of HTTP+SSE.";
    ORIGIN_CONTAINS_HOST "origin-contains-host" breaks ["TS-01"] implies []
        does "Allows every Origin that has the server's host name somewhere in it.";
    ORIGIN_EQUALS_HOST "origin-equals-host" breaks ["TS-01"] implies []
        does "Allows every Origin that the Host header agrees with.";
    ORIGIN_400 "origin-400" breaks ["TS-02"] implies []
        does "Answers 400 to a foreign Origin.";
    BINDS_EVERY_ADDRESS "binds-every-address" breaks ["TS-03"] implies []
        does "Listens on addresses beside 127.0.0.1.";
    VERSION_UNCHECKED "version-unchecked" breaks ["TS-05"] implies []
        does "Serves a request of a protocol version that does not exist.";
    VERSION_ERROR_BARE "version-error-bare" breaks ["TS-06"] implies []
        does "Refuses an unsupported version without saying which are supported.";
    VERSION_MISSING_500 "version-missing-500" breaks ["TS-07"] implies []
        does "Breaks in a session where MCP-Protocol-Version is missing.";
    VERSIONS_UNCOMPARED "versions-uncompared" breaks ["TS-08"] implies []
        does "Does not hold MCP-Protocol-Version against the version of _meta.";
    METHOD_HEADER_UNCHECKED "method-header-unchecked" breaks ["TS-09"] implies ["TS-10"]
        does "Does not hold Mcp-Method against the body.";
    NAME_HEADER_UNCHECKED "name-header-unchecked" breaks ["TS-09"] implies ["TS-10"]
        does "Does not hold Mcp-Name against the body.";
    NAME_HEADER_LATE "name-header-late" breaks ["TS-09"] implies []
        does "Makes a call first and holds Mcp-Name against it afterwards.";
    SENTINEL_LITERAL "sentinel-literal" breaks ["TS-10"] implies []
        does "Compares a Base64 value without decoding it.";
    HEADER_VALUES_CASELESS "header-values-caseless" breaks ["TS-10"] implies []
        does "Compares the values of mirrored headers without regard to case.";
    PARAM_HEADERS_UNCHECKED "param-headers-unchecked" breaks ["TS-11"] implies []
        does "Does not hold Mcp-Param headers against the arguments.";
    UNKNOWN_METHOD_200 "unknown-method-200" breaks ["TS-12"] implies []
        does "Answers an unknown method with status 200 in the stateless era.";
    META_UNCHECKED "meta-unchecked" breaks ["TS-13"] implies []
        does "Serves a request of 2026-07-28 that lacks required metadata.";
    CAPABILITY_ASSUMED "capability-assumed" breaks ["TS-14"] implies []
        does "Asks back a client that did not declare that it can be asked.";
    ENDED_SESSION_LIVES "ended-session-lives" breaks ["TS-15"] implies []
        does "Says that a session has ended and serves it further.";
    MISSING_SESSION_404 "missing-session-404" breaks ["TS-16"] implies []
        does "Answers 404 where the session id is missing.";
    SESSION_ID_BLANK "session-id-blank" breaks ["TS-17"] implies []
        does "Mints session ids with a blank in them.";
    GET_JSON "get-json" breaks ["TS-18"] implies ["RS-26", "STRM-01"]
        does "Answers GET on the endpoint with 200 and JSON.";
    STATELESS_SESSION "stateless-session" breaks ["TS-19"] implies []
        does "Mints a session id in answers of 2026-07-28.";
    NOTIFICATION_200 "notification-200" breaks ["TS-20"] implies []
        does "Answers a notification with 200 and a body.";
    REPLAY_FOR_ANYBODY "replay-for-anybody" breaks ["TS-21"] implies []
        does "Takes up a stream of whichever session had this event id last.";
    EVENT_IDS_REPEATED "event-ids-repeated" breaks ["TS-21"] implies []
        does "Counts the events of every stream of a session from one.";
    CLOSED_STREAM_RUNS "closed-stream-runs" breaks ["TS-23"] implies []
        does "Goes on with a call whose client has closed the stream.";
    LISTEN_UNACKNOWLEDGED "listen-unacknowledged" breaks ["TS-24"] implies []
        does "Opens a subscription without saying what was agreed to.";
    LISTEN_UNASKED "listen-unasked" breaks ["TS-24"] implies ["EVS-48"]
        does "Sends a subscription every kind of notification.";
    LISTEN_UNTAGGED "listen-untagged" breaks ["TS-24"] implies []
        does "Leaves the subscription's id out of its notifications.";
    BATCHES_SERVED "batches-served" breaks ["TS-25"] implies []
        does "Serves JSON-RPC batches in every revision.";
    SSE_BUFFERED "sse-buffered" breaks ["TS-26"] implies []
        does "Sends event streams without X-Accel-Buffering.";
}
