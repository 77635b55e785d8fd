//! The keys of the target file and of the baseline; decoders and the JSON Schema are made of them.

pub(super) mod channel;
pub(super) mod events;
pub(super) mod oauth;
pub(super) mod webhooks;

use super::access::Grant;
pub(super) use crate::scenario::decode::tables::{REVISIONS, VERBS};
use crate::scenario::table::{Key, Shape, Table};

const TEXTS: Shape = Shape::OneOrMany(&Shape::Text);
const NAMED: Shape = Shape::Map(&Shape::Any);

/// `hallmark.yaml`.
pub static TARGET_FILE: Table = Table {
    name: "target file",
    doc: "The system under test: where it is, who calls it, what may be called and what it promises.",
    keys: &[
        Key::required("target", Shape::Text, "Name of the system; shown in reports."),
        Key::new(
            "mcp",
            Shape::Text,
            "URL of the MCP endpoint; may be left out where `sse`, the issuer in `oauth` or a receiver in `webhooks` is all there is.",
        ),
        Key::new(
            "sse",
            Shape::Text,
            "URL where the deprecated HTTP+SSE transport (2024-11-05) opens its stream; alone or beside `mcp`.",
        ),
        Key::new("api", Shape::Text, "Base URL of the REST interface beside it."),
        Key::new(
            "plain",
            Shape::Text,
            "The http:// origin beside an https one; it must serve nothing to a token.",
        ),
        Key::new(
            "siblings",
            Shape::Map(&Shape::Text),
            "Other MCP endpoints of the same system by name (`at: NAME` in a step).",
        ),
        Key::new(
            "revisions",
            Shape::List(&Shape::Word(REVISIONS)),
            "MCP revisions to test; without it, what the server negotiates.",
        ),
        Key::new(
            "principals",
            Shape::Map(&Shape::Table(&PRINCIPAL)),
            "Who calls, by name. The first is the default; `nobody` (no credential) is built in.",
        ),
        Key::new(
            "oauth",
            Shape::Table(&oauth::OAUTH),
            "The authorization server, and the clients and users that tests may act as.",
        ),
        Key::new(
            "scopes",
            Shape::Map(&TEXTS),
            "Scope lists by name, read as ${target.scopes.NAME}; `read` decides which principals are read-only.",
        ),
        Key::new(
            "probes",
            Shape::Map(&Shape::Table(&PROBE)),
            "Calls that scenarios use by name: the target translates, a scenario never knows an argument's name.",
        ),
        Key::new(
            "streams",
            Shape::Map(&Shape::Table(&channel::STREAM)),
            "Event streams that stay open, by name (`events: { open: NAME }`); scenarios open `live`: it tells what happens at the place `own`.",
        ),
        Key::new(
            "sockets",
            Shape::Map(&Shape::Table(&channel::SOCKET)),
            "WebSockets that stay open, by name (`socket: { open: NAME }`); scenarios open `live`: it tells what happens at the place `own`.",
        ),
        Key::new(
            "declares",
            Shape::List(&Shape::Text),
            "Capabilities the system has; scenarios that need another are skipped with the reason.",
        ),
        Key::new(
            "promises",
            Shape::Map(&Shape::Any),
            "What the system promises in numbers, read as ${target.promise.NAME}.",
        ),
        Key::new(
            "rate",
            Shape::Table(&RATE),
            "The limit of a credential and who may be used to reach it, read as ${target.rate.NAME}.",
        ),
        Key::new(
            "events",
            Shape::Table(&events::EVENTS),
            "MCP Events, read as ${target.events.NAME}.",
        ),
        Key::new(
            "params",
            NAMED,
            "Overrides rule parameters: `NAME: value` for every rule, `RULE-01: { NAME: value }` for one.",
        ),
        Key::new(
            "rules-profile",
            Shape::Word(PROFILES),
            "Which promises bind beyond the standards.",
        ),
        Key::new(
            "allow",
            Shape::List(&Shape::Word(PERMISSIONS)),
            "What a run may do: write, destructive, exec. Nothing is allowed unless it stands here.",
        ),
        Key::new(
            "owner-consents-to-load",
            Shape::Bool,
            "You own the host and want load on it; without it load goes to loopback only.",
        ),
        Key::new(
            "own",
            NAMED,
            "Ids the first principal may use, read as ${target.own.NAME}.",
        ),
        Key::new(
            "foreign",
            NAMED,
            "Ids that belong to another tenant, read as ${target.foreign.NAME}.",
        ),
        Key::new(
            "places",
            Shape::Map(&Shape::Table(&PLACE)),
            "Where probes can be aimed, by name: the ids of each place, named like the inputs of probes that take them.",
        ),
        Key::new(
            "access",
            Shape::Table(&ACCESS),
            "Who may do what where: principal → place → read, write, all, deny or invisible.",
        ),
        Key::new(
            "credentials",
            Shape::Map(&Shape::Text),
            "Credentials of other kinds by name (refresh-token, client-secret, …), as ${env.NAME}.",
        ),
        Key::new(
            "control",
            Shape::Table(&CONTROL),
            "The test door of a mock: virtual clock, revoke, expire.",
        ),
        Key::new(
            "hooks",
            Shape::Map(&Shape::Table(&HOOK)),
            "How to revoke, expire, rotate, restart, set-scopes, remove-member, disable, sign-out, break, mend, advance or kill here.",
        ),
        Key::new(
            "headers",
            Shape::Map(&Shape::Text),
            "Header lines added to every request.",
        ),
        Key::new(
            "webhooks",
            Shape::Table(&webhooks::WEBHOOKS),
            "Signed webhooks: what the system sends, and the endpoint that receives them.",
        ),
        Key::new("tls", Shape::Table(&TLS), "Certificates."),
        Key::new("timeouts", Shape::Table(&TIMEOUTS), "How long to wait."),
        Key::new("concurrency", Shape::Count(1), "How many cases run at once."),
        Key::new(
            "skip-tags",
            Shape::List(&Shape::Text),
            "Scenarios with one of these tags are not run here.",
        ),
    ],
    rest: None,
};

pub(super) const PROFILES: &[&str] = &["seed-fastio", "oauth21", "standard-webhooks"];
pub(super) const PERMISSIONS: &[&str] = &["write", "destructive", "exec"];
pub(super) const EFFECTS: &[&str] = &["read", "write", "destructive"];
pub(super) const AREAS: &[&str] = &["data", "account"];
pub(super) static PRINCIPAL: Table = Table {
    name: "principal",
    doc: "Somebody who calls.",
    keys: &[
        Key::new(
            "bearer",
            Shape::Text,
            "The access token or API key, always as ${env.NAME}: no secret stands in a file.",
        ),
        Key::new(
            "credential",
            Shape::Word(&["none"]),
            "`none`: this principal sends no credential.",
        ),
        Key::new(
            "oauth",
            Shape::Table(&oauth::CREDENTIAL),
            "A token from the authorization server of `oauth`, obtained at the first call.",
        ),
        Key::new("scopes", TEXTS, "What the credential may do."),
        Key::new(
            "canary",
            TEXTS,
            "Text that only this principal's data holds; `sees:` looks for it.",
        ),
        Key::new("tenant", Shape::Text, "Whose tenant it belongs to."),
    ],
    rest: None,
};

/// What a legacy reset may be written as.
pub(super) const RESET_UNITS: &[&str] = &["epoch", "delta"];

pub(super) static RATE: Table = Table {
    name: "rate limit",
    doc: "The limit of a credential. Only the principals named here are ever pushed over it.",
    keys: &[
        Key::required(
            "exhaust",
            Shape::Text,
            "The principal whose limit may be used up.",
        ),
        Key::required("limit", Shape::Count(1), "Requests accepted within a window."),
        Key::required("window", Shape::Duration, "The length of the window."),
        Key::new(
            "burst",
            Shape::Count(0),
            "Requests accepted beyond the limit: the size of a token bucket, the edge of fixed windows.",
        ),
        Key::new(
            "flood",
            Shape::Count(1),
            "Most requests that one flood sends; else five times limit and burst.",
        ),
        Key::new(
            "twin",
            Shape::Text,
            "A principal that shares the limit of `exhaust`.",
        ),
        Key::new(
            "bystander",
            Shape::Text,
            "A principal that must not feel it when `exhaust` is over its limit.",
        ),
        Key::new(
            "reset",
            Shape::Word(RESET_UNITS),
            "What X-RateLimit-Reset holds: `epoch` seconds, or `delta` seconds from now.",
        ),
        Key::new(
            "guesses",
            Shape::Count(1),
            "Bad tokens from one address that must be enough to be throttled; as many are tried.",
        ),
        Key::new(
            "saturate",
            Shape::Count(1),
            "Streams opened at once that are more than the server has room for.",
        ),
    ],
    rest: None,
};

static ANY: Shape = Shape::Any;
static ENTRIES: Shape = Shape::Map(&Shape::Either(&[
    Shape::Word(Grant::WORDS),
    Shape::Map(&Shape::Word(Grant::WORDS)),
]));

pub(super) static PLACE: Table = Table {
    name: "place",
    doc: "The ids of one place, each under the name of the probe input that takes it. An id of 16 characters or more counts as a canary of those who may see the place.",
    keys: &[Key::new(
        "canary",
        TEXTS,
        "Text that everything in this place holds, and nothing elsewhere.",
    )],
    rest: Some(&ANY),
};

pub(super) static ACCESS: Table = Table {
    name: "access table",
    doc: "A row for each principal: place → what is permitted there; `read` (probes that only read), `write` (those that change things too), `all`, `deny`, `invisible`, or `{ rest: read, PROBE: deny }`.",
    keys: &[
        Key::new(
            "probes",
            Shape::List(&Shape::Text),
            "Which probes are tried; every one that can be aimed at a place when absent.",
        ),
        Key::new(
            "unlisted",
            Shape::Word(&["deny", "invisible"]),
            "How a place stands that a row does not name: invisible (default: refused like an id that does not exist) or deny.",
        ),
    ],
    rest: Some(&ENTRIES),
};

pub(super) static PROBE: Table = Table {
    name: "probe",
    doc: "A call by name: a tool, an MCP method or an HTTP request.",
    keys: &[
        Key::new("tool", Shape::Text, "Name of the MCP tool."),
        Key::new("arguments", NAMED, "Arguments of the tool."),
        Key::new("method", Shape::Text, "MCP method, such as `resources/list`."),
        Key::new("params", NAMED, "Params of the method."),
        Key::new("http", Shape::Table(&HTTP_CALL), "A plain HTTP request."),
        Key::new(
            "effect",
            Shape::Word(EFFECTS),
            "What it does to the system: read (default), write, destructive.",
        ),
        Key::new(
            "with",
            NAMED,
            "Inputs with their defaults, read as ${with.NAME}; a scenario sets them with `with:`.",
        ),
        Key::new(
            "gives",
            Shape::Map(&Shape::Text),
            "Outputs by name, as JSONPath into what the call says.",
        ),
        Key::new(
            "undo",
            Shape::Table(&UNDO),
            "The call that takes it back; it may read the outputs as ${NAME}.",
        ),
        Key::new(
            "as",
            Shape::Text,
            "Who may make it: the positive control where scenarios try it as somebody who may not.",
        ),
        Key::new(
            "area",
            Shape::Word(AREAS),
            "What it belongs to: data (default), or account: keys, members, billing, webhooks.",
        ),
    ],
    rest: None,
};

pub(super) static UNDO: Table = Table {
    name: "undo call",
    doc: "A call that takes another one back.",
    keys: &[
        Key::new("tool", Shape::Text, "Name of the MCP tool."),
        Key::new("arguments", NAMED, "Arguments of the tool."),
        Key::new("method", Shape::Text, "MCP method."),
        Key::new("params", NAMED, "Params of the method."),
        Key::new("http", Shape::Table(&HTTP_CALL), "A plain HTTP request."),
    ],
    rest: None,
};

pub(super) static HOOK: Table = Table {
    name: "hook",
    doc: "How an act is done here. ${with.object} is what the scenario named, ${with.token} its credential, ${with.scopes} what set-scopes gives it, ${with.how} in which way break lets it fail.",
    keys: &[
        Key::new("tool", Shape::Text, "Name of the MCP tool."),
        Key::new("arguments", NAMED, "Arguments of the tool."),
        Key::new("method", Shape::Text, "MCP method."),
        Key::new("params", NAMED, "Params of the method."),
        Key::new("http", Shape::Table(&HTTP_CALL), "A plain HTTP request."),
        Key::new(
            "exec",
            Shape::List(&Shape::Text),
            "Program and arguments, without a shell; needs `allow: [exec]`.",
        ),
        Key::new("as", Shape::Text, "Who calls it; default: the first principal."),
    ],
    rest: None,
};

pub(super) static HTTP_CALL: Table = Table {
    name: "plain request",
    doc: "A plain HTTP request.",
    keys: &[
        Key::new("method", Shape::Text, "GET when absent; POST with content."),
        Key::required(
            "url",
            Shape::Text,
            "Absolute, or starting with `/` on the origin of `api` (else of `mcp`).",
        ),
        Key::new("headers", Shape::Map(&Shape::Text), "Header lines."),
        Key::new("query", NAMED, "Added query members."),
        Key::new("json", Shape::Any, "JSON content."),
        Key::new("form", NAMED, "Form content."),
        Key::new("body", Shape::Text, "Content as written."),
    ],
    rest: None,
};

pub(super) static CONTROL: Table = Table {
    name: "control door",
    doc: "The test-only door of a mock.",
    keys: &[
        Key::required("url", Shape::Text, "Its URL."),
        Key::new("secret", Shape::Text, "Its secret, as ${env.NAME}."),
    ],
    rest: None,
};

pub(super) static TLS: Table = Table {
    name: "tls setting",
    doc: "Certificates. Paths are relative to this file.",
    keys: &[
        Key::new(
            "ca",
            Shape::Text,
            "PEM file of certificate authorities to trust besides the system's.",
        ),
        Key::new(
            "cert",
            Shape::Text,
            "PEM file with the client certificate and its key.",
        ),
        Key::new(
            "insecure",
            Shape::Bool,
            "Accept any certificate; every report says so.",
        ),
    ],
    rest: None,
};

pub(super) static TIMEOUTS: Table = Table {
    name: "timeout setting",
    doc: "How long to wait.",
    keys: &[
        Key::new("connect", Shape::Duration, "For a connection."),
        Key::new("exchange", Shape::Duration, "For one request and its answer."),
        Key::new("case", Shape::Duration, "For one case with all its steps."),
    ],
    rest: None,
};

/// An entry of `hallmark-baseline.yaml`, which is a list of them.
pub static BASELINE_ENTRY: Table = Table {
    name: "baseline entry",
    doc: "A failure that is known and accepted for a time.",
    keys: &[
        Key::required(
            "expect",
            Shape::Pattern("^[^#:]+(#[^:]+)?(:[^:]+)?$"),
            "The scenario that fails, `bearer/scheme-case`; with `#ROW` one case, with `:CHECK` one check.",
        ),
        Key::required("why", Shape::Text, "Why it is accepted, and who follows it up."),
        Key::new(
            "until",
            Shape::Pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
            "Last day it is accepted.",
        ),
    ],
    rest: None,
};

/// Capabilities that shipped scenarios may need, with what declaring them says. Others may be declared too.
pub const CAPABILITIES: &[(&str, &str)] = &[
    ("api", "there is a REST interface (implied by `api`)"),
    (
        "assertion-client",
        "a client authenticates with a signed assertion (implied by a `key` in `oauth: { clients }`)",
    ),
    ("audit", "the audit trail can be searched"),
    (
        "client-app",
        "a confidential client `app` is declared (implied by `oauth: { clients }`)",
    ),
    (
        "client-inspector",
        "a client that may introspect is declared (implied by `oauth: { clients }`)",
    ),
    (
        "client-lapsed",
        "a client whose secret has expired is declared (implied by `oauth: { clients }`)",
    ),
    (
        "client-odd",
        "a client with odd characters in its secret is declared (implied by `oauth: { clients }`)",
    ),
    (
        "client-poster",
        "a client that authenticates in the body is declared (implied by `oauth: { clients }`)",
    ),
    (
        "client-rival",
        "another public client is declared (implied by `oauth: { clients }`)",
    ),
    (
        "client-service",
        "a client that acts for itself is declared (implied by `oauth: { clients }`)",
    ),
    (
        "client-signer",
        "a client that signs assertions is declared (implied by `oauth: { clients }`)",
    ),
    (
        "client-credentials",
        "a client acts for itself (implied by `service` in `oauth: { clients }`)",
    ),
    (
        "client-documents",
        "a URL may be a client id (found in the server's metadata)",
    ),
    (
        "code-flow",
        "codes can be had: a client has a redirect URI and consent can be given (implied by `oauth: { consent }`)",
    ),
    (
        "confidential-client",
        "a client has a secret (implied by `oauth: { clients }`)",
    ),
    (
        "consent-pages",
        "consent can be given by forms (implied by `oauth: { consent: { pages } }`)",
    ),
    ("control", "there is a test door (implied by `control`)"),
    ("events", "MCP Events can be subscribed to (implied by `events`)"),
    (
        "events-receiver",
        "it is, or has beside it, an endpoint of MCP Events (implied by a receiver with `scheme: mcp-events`)",
    ),
    (
        "guarded-webhooks",
        "private addresses are refused as targets of webhooks, but for the inbox (implied by `webhooks: { url }`)",
    ),
    (
        "introspection",
        "tokens can be introspected (found in the server's metadata)",
    ),
    ("jwks", "the server publishes its keys (found in its metadata)"),
    ("jwt", "access tokens are JWTs"),
    ("key-management", "API keys can be made and revoked"),
    ("locks", "files can be locked"),
    (
        "oauth",
        "an authorization server issues tokens (implied by `oauth`)",
    ),
    (
        "offered-secret",
        "an endpoint of MCP Events waits for the id of a subscription (implied by `subscriptions: { new }` of the receiver)",
    ),
    ("opaque-tokens", "access tokens are no JWTs"),
    (
        "openid",
        "the server speaks OpenID Connect (found in its metadata)",
    ),
    ("plain", "there is a plain http origin (implied by `plain`)"),
    (
        "rate-limit",
        "requests are limited per credential (implied by `rate`)",
    ),
    (
        "realtime",
        "there are event streams or sockets (implied by `streams` and `sockets`)",
    ),
    (
        "receiver",
        "an endpoint receives signed deliveries (implied by `webhooks: { receiver }` with a `secret`)",
    ),
    ("receiver-effect", "what a webhook did can be read back"),
    (
        "registration",
        "clients can register themselves (found in the server's metadata)",
    ),
    ("revocation", "a credential can be revoked"),
    (
        "revocation-endpoint",
        "tokens can be revoked by their client (found in the server's metadata)",
    ),
    ("rotation", "refresh tokens rotate"),
    (
        "second-client",
        "there are two clients (implied by `oauth: { clients }`)",
    ),
    (
        "second-subscription",
        "an endpoint of MCP Events holds another subscription (implied by `subscriptions: { other }` of the receiver)",
    ),
    (
        "sibling",
        "another MCP endpoint has its own tokens (implied by `siblings`)",
    ),
    (
        "signing-key",
        "the harness holds a key that the server trusts (implied by `oauth: { signing-key }`)",
    ),
    (
        "signing-receiver",
        "it knows the public half of a key of ours (implied by `webhooks: { receiver: { signing-key } }`)",
    ),
    (
        "sockets",
        "there is a WebSocket `live` (implied by `sockets: { live }`)",
    ),
    (
        "standard-receiver",
        "it verifies as Standard Webhooks says (implied by `webhooks: { receiver }` without another `scheme`)",
    ),
    (
        "standard-sender",
        "deliveries are signed as Standard Webhooks says (implied by `webhooks` without another `scheme`)",
    ),
    (
        "streams",
        "there is an event stream `live` (implied by `streams: { live }`)",
    ),
    (
        "subscriptions",
        "`subscriptions/listen` tells of changed resources",
    ),
    (
        "test-clock",
        "waiting costs nothing (implied by `control`; the embedded mock has one)",
    ),
    (
        "third-party-login",
        "people sign in at a third party, which can end that sign-in (hook `sign-out`)",
    ),
    (
        "timed-receiver",
        "deliveries carry a time (implied by `webhooks: { receiver }`, unless its scheme has none)",
    ),
    (
        "tickets",
        "connection tickets open a socket (implied by `sockets: { live: { ticket } }`)",
    ),
    (
        "unconfigured-receiver",
        "the endpoint is deployed without its secret, too (implied by `webhooks: { receiver: { unconfigured } }`)",
    ),
    ("transfer", "what one owns can be handed over to another"),
    ("webhooks", "webhooks are delivered"),
];

/// What a promise looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromiseShape {
    /// `5s`.
    Duration,
    /// `60/min`.
    Rate,
    /// `40`.
    Count,
}

/// Promises that shipped scenarios may read. Others may be made too.
pub const PROMISES: &[(&str, PromiseShape, &str)] = &[
    (
        "revocation",
        PromiseShape::Duration,
        "how long a revoked credential may still work",
    ),
    (
        "stream_close",
        PromiseShape::Duration,
        "how long a stream of a revoked credential may stay open",
    ),
    (
        "request_state",
        PromiseShape::Duration,
        "how long a call that asked back may be answered: the life of its requestState",
    ),
    (
        "rotation_grace",
        PromiseShape::Duration,
        "how long a rotated refresh token may still be used",
    ),
    (
        "webhook_overlap",
        PromiseShape::Duration,
        "how long a rotated webhook secret still signs",
    ),
    (
        "token_life",
        PromiseShape::Duration,
        "how long an access token lives",
    ),
    (
        "code_life",
        PromiseShape::Duration,
        "how long an authorization code may be redeemed",
    ),
    (
        "membership",
        PromiseShape::Duration,
        "how long a removed member may still get in",
    ),
    (
        "signed_url",
        PromiseShape::Duration,
        "how long a signed address works",
    ),
    (
        "ticket_life",
        PromiseShape::Duration,
        "how long a connection ticket lives",
    ),
    (
        "scope_change",
        PromiseShape::Duration,
        "how long a credential may still use scopes that were taken away",
    ),
    (
        "key_overlap",
        PromiseShape::Duration,
        "how long a rotated API key still works",
    ),
    (
        "audit_delay",
        PromiseShape::Duration,
        "how long it may take until what happened is in the audit trail",
    ),
    (
        "claim_life",
        PromiseShape::Duration,
        "how long a claim is good for",
    ),
    (
        "lock_release",
        PromiseShape::Duration,
        "how long a lock outlives the credential that took it",
    ),
    (
        "streams_per_key",
        PromiseShape::Count,
        "how many streams and sockets a credential may have open at once",
    ),
    (
        "rate_limit",
        PromiseShape::Rate,
        "requests per credential and time",
    ),
];
