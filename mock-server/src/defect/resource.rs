//! Defects in what the MCP resource server protects.

use super::family;

family! { "RS";
    OPEN_LISTING "open-listing" breaks ["RS-01"] implies ["CHAL-01", "BEARER-20"]
        does "Answers tools/list without a credential.";
    UNKNOWN_TOKEN_ACCEPTED "unknown-token-accepted" breaks ["RS-02"]
        implies ["CHAL-10", "CHAL-14", "RS-06", "RS-22"]
        does "Takes an unknown token of 43 characters for a guest's.";
    TOKEN_UNCHECKED_IN_SESSION "token-unchecked-in-session" breaks ["RS-02"]
        implies ["CHAL-14", "RS-22"]
        does "Looks a token up when a session is opened; inside it any token is taken for the session's.";
    EXPIRED_ACCEPTED "expired-accepted" breaks ["RS-03"] implies ["CHAL-10", "CHAL-14", "KEY-03", "KEY-05"]
        does "Does not look at the expiry of a token.";
    WRITE_SCOPE_UNCHECKED "write-scope-unchecked" breaks ["RS-04"] implies ["CHAL-02", "CHAL-11", "KEY-04", "KEY-05", "KEY-10", "RS-33", "SCOPE-01", "SCOPE-02", "SCOPE-06", "SCOPE-07", "SCOPE-08", "SCOPE-12"]
        does "Lets a read-only credential write.";
    MALFORMED_403 "malformed-403" breaks ["RS-05"]
        implies ["BEARER-04", "BEARER-05", "BEARER-06", "BEARER-12", "BEARER-13", "BEARER-14"]
        does "Answers 403 to a malformed Authorization header.";
    WRONG_ERROR_CODE "wrong-error-code" breaks ["RS-06"] implies ["CHAL-10"]
        does "Says error=\"access_denied\" for a token that is not valid.";
    TOOL_UNGUARDED "tool-unguarded" breaks ["RS-33"] implies []
        does "Gives the members of a workspace to every member of its organisation.";
    EFFECT_BEFORE_CHECK "effect-before-check" breaks ["RS-22"]
        implies ["RL-03", "RS-04", "RS-25", "SCOPE-01", "TS-09", "TS-23"]
        does "Carries out a write before it looks at the token, then answers 401.";
    LIST_PER_CONNECTION "list-per-connection" breaks ["RS-34"] implies []
        does "Shows fewer tools on a connection that has listed them before.";
    PRIVATE_LIST_PUBLIC "private-list-public" breaks ["RS-35"] implies []
        does "Marks lists that differ by credential as public to caches.";
    CACHE_SCOPE_BY_PAGE "cache-scope-by-page" breaks ["RS-36"] implies ["RS-35"]
        does "Marks the pages of one list with different cache scopes.";
    TTL_NEGATIVE "ttl-negative" breaks ["RS-36"] implies []
        does "Sends a negative ttlMs.";
    CLIENT_INFO_TRUSTED "client-info-trusted" breaks ["RS-41"] implies []
        does "Shows more tools to a client that calls itself an administrator.";
    SECRET_IN_HEADER "secret-in-header" breaks ["RS-43"] implies []
        does "Marks a password to be mirrored into a header.";
    SESSION_IS_LOGIN "session-is-login" breaks ["RS-25"] implies ["BEARER-11", "RS-01", "TS-20"]
        does "Takes a request without a token that names an open session for its opener's.";
    SESSION_NOT_BOUND "session-not-bound" breaks ["RS-25", "RS-26"] implies ["TENANT-01"]
        does "Lets any live token continue a session, with the identity and the rights of whoever opened it.";
    SESSION_SCOPES "session-scopes" breaks ["RS-25"] implies ["RS-26", "TENANT-01"]
        does "Lets any live token continue a session as itself, with the scopes the session was opened with.";
    SESSION_CONTINUED "session-continued" breaks ["RS-26"] implies []
        does "Lets any live token continue a session of somebody else, as itself.";
    SSE_STREAM_IS_LOGIN "sse-stream-is-login" breaks ["RS-25"] implies []
        does "Takes a message of HTTP+SSE without a token for that of whoever opened the stream.";
    SSE_NOT_BOUND "sse-not-bound" breaks ["RS-25", "RS-26"] implies ["TENANT-01"]
        does "Lets any live token speak on a stream of HTTP+SSE, with the identity and the rights of whoever opened it.";
    HANDLE_NOT_BOUND "handle-not-bound" breaks ["RS-26"] implies ["TENANT-01"]
        does "Answers to a state handle whoever presents it.";
    SESSION_COUNTER "session-counter" breaks ["RS-27"] implies []
        does "Numbers its sessions.";
}
