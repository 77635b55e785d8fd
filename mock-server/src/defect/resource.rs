//! Defects in what the MCP resource server protects.

use super::family;

family! { "RS";
    OPEN_LISTING "open-listing" breaks ["RS-01"] implies ["CHAL-01", "BEARER-20"]
        does "Answers tools/list without a credential.";
    UNKNOWN_TOKEN_ACCEPTED "unknown-token-accepted" breaks ["RS-02"]
        implies ["CHAL-10", "CHAL-14", "RS-06", "RS-22", "STRM-06", "STRM-11", "WSTK-01", "WSTK-06"]
        does "Takes an unknown token of 43 characters for a guest's.";
    TOKEN_UNCHECKED_IN_SESSION "token-unchecked-in-session" breaks ["RS-02"]
        implies ["CHAL-14", "RS-22"]
        does "Looks a token up when a session is opened; inside it any token is taken for the session's.";
    EXPIRED_ACCEPTED "expired-accepted" breaks ["RS-03"] implies ["CHAL-10", "CHAL-14", "KEY-03", "KEY-05", "EVS-09"]
        does "Does not look at the expiry of a token.";
    WRITE_SCOPE_UNCHECKED "write-scope-unchecked" breaks ["RS-04"] implies ["CHAL-02", "CHAL-11", "KEY-04", "KEY-05", "KEY-10", "RS-17", "RS-33", "SCOPE-01", "SCOPE-02", "SCOPE-04", "SCOPE-06", "SCOPE-07", "SCOPE-08", "SCOPE-11", "SCOPE-12", "STRM-08", "WSTK-05"]
        does "Lets a read-only credential write.";
    MALFORMED_403 "malformed-403" breaks ["RS-05"]
        implies ["BEARER-04", "BEARER-05", "BEARER-06", "BEARER-12", "BEARER-13", "BEARER-14", "JWT-03"]
        does "Answers 403 to a malformed Authorization header.";
    WRONG_ERROR_CODE "wrong-error-code" breaks ["RS-06"] implies ["CHAL-10"]
        does "Says error=\"access_denied\" for a token that is not valid.";
    TOOL_UNGUARDED "tool-unguarded" breaks ["RS-33"] implies []
        does "Gives the members of a workspace to every member of its organisation.";
    EFFECT_BEFORE_CHECK "effect-before-check" breaks ["RS-22"]
        implies ["RL-03", "RS-04", "RS-25", "SCOPE-01", "TS-09", "TS-23", "WHS-04", "WHS-05", "WHS-08", "WHS-11", "WHS-13"]
        does "Carries out a write before it looks at the token, then answers 401.";
    NO_RESOURCE_METADATA "no-resource-metadata" breaks ["RS-07"] implies ["PRMD-03", "PRMD-04", "RS-15"]
        does "Names no resource_metadata in its challenges.";
    PRM_MISSING "prm-missing" breaks ["RS-08"]
        implies ["PRMD-01", "PRMD-02", "PRMD-03", "PRMD-04", "PRMD-05", "PRMD-06", "PRMD-07", "RS-07", "RS-09", "RS-10", "RS-12", "RS-15"]
        does "Publishes no metadata of its resources.";
    NO_AUTHORIZATION_SERVERS "no-authorization-servers" breaks ["RS-09"] implies ["PRMD-05"]
        does "Publishes a list of authorization servers that is empty.";
    PRM_ELSEWHERE "prm-elsewhere" breaks ["RS-10"] implies ["PRMD-01", "PRMD-02", "RS-08"]
        does "Appends the well-known part to the path of a resource instead of inserting it, and names that address.";
    PRM_NO_CORS "prm-no-cors" breaks ["RS-12"] implies []
        does "Lets scripts of one other origin alone read the metadata of a resource.";
    CHALLENGE_WITHOUT_SCOPE "challenge-without-scope" breaks ["RS-13"] implies ["RS-14"]
        does "Names no scope in a 401.";
    CHALLENGE_SCOPE_VARIES "challenge-scope-varies" breaks ["RS-14"] implies []
        does "Names another scope in every other 401.";
    INSUFFICIENT_BARE "insufficient-bare" breaks ["RS-15"] implies ["CHAL-12", "RS-17"]
        does "Says insufficient_scope without the scope that is needed and without resource_metadata.";
    ONE_SCOPE_AT_A_TIME "one-scope-at-a-time" breaks ["RS-17"] implies ["CHAL-12"]
        does "Names the first scope that lacks where a call needs several.";
    NO_SCOPE_HIERARCHY "no-scope-hierarchy" breaks ["RS-18"] implies ["TOK-08"]
        does "Compares the scopes of an access token word by word, so that one to write does not permit to read.";
    OFFLINE_ACCESS_ADVERTISED "offline-access-advertised" breaks ["RS-28"] implies ["RS-13"]
        does "Names offline_access in its challenges and in scopes_supported.";
    RESOURCE_CASE_EXACT "resource-case-exact" breaks ["RS-29"] implies []
        does "Refuses a token whose audience is spelled with scheme or host in capitals.";
    LIST_PER_CONNECTION "list-per-connection" breaks ["RS-34"] implies []
        does "Shows fewer tools on a connection that has listed them before.";
    PRIVATE_LIST_PUBLIC "private-list-public" breaks ["RS-35"] implies []
        does "Marks lists that differ by credential as public to caches.";
    CACHE_SCOPE_BY_PAGE "cache-scope-by-page" breaks ["RS-36"] implies ["RS-35"]
        does "Marks the pages of one list with different cache scopes.";
    TTL_NEGATIVE "ttl-negative" breaks ["RS-36"] implies []
        does "Sends a negative ttlMs.";
    STATE_UNSIGNED "state-unsigned" breaks ["RS-37"] implies []
        does "Takes a requestState whose seal is not its own.";
    STATE_ANY_PRINCIPAL "state-any-principal" breaks ["RS-38"] implies []
        does "Takes a requestState that was given to somebody else.";
    STATE_ANY_REQUEST "state-any-request" breaks ["RS-38"] implies []
        does "Takes a requestState that was given for another request.";
    STATE_NEVER_EXPIRES "state-never-expires" breaks ["RS-38"] implies []
        does "Takes a requestState that has expired.";
    ELICITATION_ANY_USER "elicitation-any-user" breaks ["RS-39"] implies []
        does "Takes the agreement to a call from whoever opens the page for it.";
    ELICITATION_PRELOGGED_LINK "elicitation-prelogged-link" breaks ["RS-40"] implies ["RS-39"]
        does "Takes whoever opens the page for an agreement for the one who is asked.";
    ELICITATION_PERSONAL_DATA "elicitation-personal-data" breaks ["RS-40"] implies []
        does "Names the user in the address of the page for an agreement.";
    TASK_ANY_PRINCIPAL "task-any-principal" breaks ["RS-42"] implies ["TENANT-01"]
        does "Shows a task and its result to whoever names it.";
    TASK_ANY_CANCELLER "task-any-canceller" breaks ["RS-42"] implies []
        does "Cancels a task for whoever names it.";
    TASK_LIST_ALL "task-list-all" breaks ["RS-42"] implies []
        does "Lists the tasks of everybody.";
    TASK_IDS_COUNTED "task-ids-counted" breaks ["RS-42"] implies []
        does "Numbers its tasks.";
    CLIENT_INFO_TRUSTED "client-info-trusted" breaks ["RS-41"] implies []
        does "Shows more tools to a client that calls itself an administrator.";
    SECRET_IN_HEADER "secret-in-header" breaks ["RS-43"] implies []
        does "Marks a password to be mirrored into a header.";
    SESSION_IS_LOGIN "session-is-login" breaks ["RS-25"] implies ["BEARER-11", "CHAL-01", "RS-01", "STRM-14", "TS-20"]
        does "Takes a request without a token that names an open session for its opener's.";
    SESSION_NOT_BOUND "session-not-bound" breaks ["RS-25", "RS-26"] implies ["STRM-14", "TENANT-01"]
        does "Lets any live token continue a session, with the identity and the rights of whoever opened it.";
    SESSION_SCOPES "session-scopes" breaks ["RS-25"] implies ["RS-26", "STRM-14", "TENANT-01"]
        does "Lets any live token continue a session as itself, with the scopes the session was opened with.";
    SESSION_CONTINUED "session-continued" breaks ["RS-26"] implies ["STRM-14"]
        does "Lets any live token continue a session of somebody else, as itself.";
    SSE_STREAM_IS_LOGIN "sse-stream-is-login" breaks ["RS-25"] implies []
        does "Takes a message of HTTP+SSE without a token for that of whoever opened the stream.";
    SSE_NOT_BOUND "sse-not-bound" breaks ["RS-25", "RS-26"] implies ["TENANT-01"]
        does "Lets any live token speak on a stream of HTTP+SSE, with the identity and the rights of whoever opened it.";
    HANDLE_NOT_BOUND "handle-not-bound" breaks ["RS-26"] implies ["TENANT-01"]
        does "Answers to a state handle whoever presents it.";
    SESSION_COUNTER "session-counter" breaks ["RS-27"] implies []
        does "Numbers its sessions.";
    NO_FALLBACK "no-fallback" breaks ["RS-31"] implies ["AS-02", "ASMD-01"]
        does "Publishes no metadata at the root of its origin and has nothing at the default endpoints.";
    THIRD_PARTY_UNASKED "third-party-unasked" breaks ["RS-32"] implies []
        does "Honours its own tokens without asking whether the sign-in at the third party still stands.";
}
