//! The keys of the target file and of the baseline; decoders and the JSON Schema are made of them.

pub(super) mod channel;
mod declared;
pub(super) mod events;
pub(super) mod oauth;
mod probe;
pub(super) mod webhooks;

pub use self::declared::{CAPABILITIES, PROMISES, PromiseShape};
pub(super) use self::probe::{ACCESS, HOOK, HTTP_CALL, PLACE, PROBE, UNDO};
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
            "How to revoke, expire, rotate, restart, set-scopes, remove-member, disable, sign-out, break, mend, repoint, extend, advance or kill here.",
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
