//! What a target can declare: capabilities that scenarios need, promises that they read.

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
