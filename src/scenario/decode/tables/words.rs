//! Words that are fixed: kinds, outcomes, verbs, revisions; and those whose places are kept.

/// Revisions of MCP that a scenario may name.
pub const REVISIONS: &[&str] = &[
    "2024-11-05",
    "2025-03-26",
    "2025-06-18",
    "2025-11-25",
    "2026-07-28",
];

/// The first of them without sessions.
pub const STATELESS_FROM: &str = "2026-07-28";

/// Words for several revisions.
pub const ERAS: &[&str] = &["all", "streamable", "sessions", "stateless"];
/// The first of the revisions over Streamable HTTP.
pub const STREAMABLE_FROM: &str = "2025-03-26";

/// The word for the newest revision of each era.
pub const ONCE_PER_ERA: &str = "eras";

pub(super) const SCENARIO_ERAS: &[&str] = &["all", ONCE_PER_ERA, "streamable", "sessions", "stateless"];

/// Who can be judged.
pub const SUBJECTS: &[&str] = &[
    "authorization-server",
    "resource-server",
    "client",
    "webhook-sender",
    "webhook-receiver",
    "harness",
];

/// Keywords of RFC 2119.
pub const LEVELS: &[&str] = &["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"];

/// Acts of `do`.
pub const VERBS: &[&str] = &[
    "revoke",
    "expire",
    "rotate",
    "restart",
    "set-scopes",
    "remove-member",
    "disable",
    "sign-out",
    "break",
    "mend",
    "repoint",
    "extend",
    "advance",
    "kill",
];

/// Grades of `or`.
pub const GRADES: &[&str] = &["pass", "warn", "info", "review", "skip"];

/// Values of `outcome`.
pub const OUTCOMES: &[&str] = &["done", "refused", "limited", "broken", "unreached"];

/// Values of `connection`.
pub const CONNECTIONS: &[&str] = &["reused", "new"];

/// Values of `end`.
pub const ENDS: &[&str] = &["exit", "signal", "killed", "time-out"];

/// Values of `type`.
pub const TYPES: &[&str] = &[
    "string",
    "number",
    "integer",
    "boolean",
    "null",
    "array",
    "object",
    "challenges",
    "ratelimit",
    "ratelimit-policy",
];

/// Kinds of steps this version runs.
pub const KINDS: &[&str] = &[
    "http", "raw", "mcp", "oauth", "mint", "serve", "webhook", "wait", "do", "use", "exec", "steps",
    "together", "judge", "observe", "events", "socket", "requests", "ended",
];

/// Kinds of steps whose places are kept.
pub const LATER_KINDS: &[&str] = &[];

/// Selectors whose places are kept.
pub const LATER_SELECTORS: &[&str] = &[];

/// Selectors that need no further word, for `capture` and `entropy`.
pub const PLAIN_SELECTORS: &[&str] = &[
    "outcome",
    "sees",
    "strangers",
    "status",
    "result",
    "rpc_error",
    "body",
    "retry_after",
    "pause",
    "duration",
    "connection",
    "close",
    "exit",
    "end",
    "output",
    "method",
    "access_token",
    "refresh_token",
    "id_token",
    "token_type",
    "expires_in",
    "scope",
    "client_id",
    "client_secret",
    "error",
    "code",
    "state",
    "iss",
    "token",
    "path",
];

/// Those of them that are members of an OAuth answer or parameters of a callback.
pub const OAUTH_SELECTORS: &[&str] = &[
    "access_token",
    "refresh_token",
    "id_token",
    "token_type",
    "expires_in",
    "scope",
    "client_id",
    "client_secret",
    "error",
    "code",
    "state",
    "iss",
    "token",
];

/// Those of them that are credentials whatever a capture calls them.
pub const CREDENTIALS: &[&str] = &[
    "access_token",
    "refresh_token",
    "id_token",
    "client_secret",
    "code",
    "token",
];

/// What `jwt` may look into.
pub const TOKENS: &[&str] = &["access_token", "id_token", "refresh_token", "token"];

/// Documents of `discover`.
pub const DOCUMENTS: &[&str] = &[
    "resource",
    "resource-root",
    "resource-any",
    "server",
    "openid",
    "server-any",
    "keys",
];

/// Where a code flow can end.
pub const STOPS: &[&str] = &["authorize", "consent", "code"];

/// What a person can decide.
pub const DECISIONS: &[&str] = &["approve", "deny"];

/// How consent is driven.
pub const CONSENTS: &[&str] = &["door", "pages"];

/// How a client authenticates.
pub const AUTHENTICATIONS: &[&str] = &["none", "basic", "post", "assertion", "both"];

/// How parameters travel.
pub const SENDINGS: &[&str] = &["form", "json", "query", "get"];
