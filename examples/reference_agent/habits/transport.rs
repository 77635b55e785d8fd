//! Habits of speaking MCP.

super::habits! { TRANSPORT;
    ACCEPT_JSON_ONLY "accept-json-only" breaks ["TC-01"]
        does "Accepts JSON alone.";
    NO_VERSION_HEADER "no-version-header" breaks ["TC-02"]
        does "Leaves MCP-Protocol-Version out.";
    SESSION_DROPPED "session-dropped" breaks ["TC-03"]
        does "Leaves the session id out of everything but calls.";
    SESSION_LOST_FATAL "session-lost-fatal" breaks ["TC-04"]
        does "Sends the id of an ended session again when it opens a new one.";
    NO_DELETE "no-delete" breaks ["TC-05"]
        does "Leaves its session open.";
    SSE_RETRY_IGNORED "sse-retry-ignored" breaks ["TC-06"]
        does "Comes back to a stream at once, whatever its retry field says.";
    NO_MCP_METHOD "no-mcp-method" breaks ["TC-07"]
        does "Leaves Mcp-Method and Mcp-Name out.";
    NO_MCP_PARAM "no-mcp-param" breaks ["TC-08"]
        does "Leaves Mcp-Param-* out.";
    MISMATCH_FATAL "mismatch-fatal" breaks ["TC-09"]
        does "Gives up when the server says that headers and body differ.";
    SAME_ID_AGAIN "same-id-again" breaks ["TC-10"]
        does "Sends a request whose stream broke again under its old id.";
    STATE_REENCODED "state-reencoded" breaks ["TC-11"]
        does "Trims and rewrites requestState before it sends it back.";
    VERSION_FATAL "version-fatal" breaks ["TC-12"]
        does "Gives up when its version is not supported, whatever others are listed.";
    BLIND_FALLBACK "blind-fallback" breaks ["TC-13"]
        does "Falls back to initialize after any refusal, without reading why.";
    PREFETCH_ELICITATION "prefetch-elicitation" breaks ["CL-43"]
        does "Fetches the page that the server wants a person to visit.";
    ICON_WITH_TOKEN "icon-with-token" breaks ["CL-44"]
        does "Fetches the icons of tools with its credential.";
    RESOLVE_REF "resolve-ref" breaks ["CL-45"]
        does "Fetches what $ref in a tool's schema points to.";
}
