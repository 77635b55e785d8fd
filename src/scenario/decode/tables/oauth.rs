//! What `oauth`, `mint` and `serve` hold.

use super::shapes::{ANY, TEXT};
use super::words::{AUTHENTICATIONS, CONSENTS, DECISIONS, DOCUMENTS, SENDINGS, STOPS, TOKENS};
use crate::scenario::table::{Key, Shape, Table};

/// `oauth`.
pub(crate) static OAUTH: Table = Table {
    name: "OAuth request",
    doc: "A request to the authorization server, or a whole flow. One of `discover`, `register`, `grant`, `visit`, `revoke`, `introspect` says which.",
    rest: None,
    keys: &[
        Key::new(
            "discover",
            Shape::Text,
            "One GET of a document at its well-known address: `resource` `resource-root` `server` `openid` `keys`. `resource-any` and `server-any` try the addresses in the order in which MCP clients do, up to the first that answers 200 with a JSON object.",
        ),
        Key::new(
            "of",
            Shape::Text,
            "With `discover`: the resource or issuer; else the MCP URL, the issuer.",
        ),
        Key::new(
            "register",
            Shape::Either(&[Shape::Text, Shape::Map(&ANY)]),
            "Dynamic client registration (RFC 7591): client metadata over the defaults.",
        ),
        Key::new(
            "grant",
            Shape::Text,
            "The grant type: `authorization_code` with all that leads to a code, `refresh_token`, `client_credentials`, any other.",
        ),
        Key::new(
            "visit",
            Shape::Text,
            "The address of a page that a fresh browser opens. The forms of `oauth: { consent: { pages } }` are answered there as the user behind `as`; as `nobody`, only those that ask for no user.",
        ),
        Key::new("revoke", Shape::Text, "Token revocation (RFC 7009): the token."),
        Key::new(
            "introspect",
            Shape::Text,
            "Token introspection (RFC 7662): the token.",
        ),
        Key::new(
            "hint",
            Shape::Text,
            "`token_type_hint` of `revoke` or `introspect`.",
        ),
        Key::new(
            "client",
            Shape::Either(&[Shape::Text, Shape::Table(&CLIENT)]),
            "A client of the target by name, or one at hand. A code or refresh token of this case brings its own along.",
        ),
        Key::new(
            "scopes",
            Shape::OneOrMany(&TEXT),
            "What is asked for; else the scopes of the principal. `${omit}` asks for nothing.",
        ),
        Key::new(
            "resource",
            Shape::OneOrMany(&TEXT),
            "RFC 8707; else the MCP URL. A list is repeated, `${omit}` leaves it out.",
        ),
        Key::new("redirect_uri", Shape::Text, "Else the client's own."),
        Key::new(
            "code",
            Shape::Text,
            "A code at hand: only the token request is sent.",
        ),
        Key::new(
            "verifier",
            Shape::Text,
            "PKCE; else a fresh one, or the one that the code was asked for with.",
        ),
        Key::new("refresh_token", Shape::Text, "Of `grant: refresh_token`."),
        Key::new(
            "stop_at",
            Shape::Text,
            "Ends a code flow early: `authorize` (the endpoint's own first answer), `consent` (the page a person would see), `code` (the callback).",
        ),
        Key::new("decision", Shape::Text, "`approve` (default) or `deny`."),
        Key::new(
            "consent",
            Shape::Text,
            "How consent is driven where the target has both: `door` or `pages`.",
        ),
        Key::new(
            "browser",
            Shape::Text,
            "Flows of one name share cookies; else each has a fresh browser.",
        ),
        Key::new(
            "assertion",
            Shape::Either(&[Shape::Text, Shape::Table(&ASSERTION)]),
            "What of the client's assertion (RFC 7523) beats the derived.",
        ),
        Key::new(
            "narrow",
            Shape::OneOrMany(&TEXT),
            "The scopes that are approved, instead of all.",
        ),
        Key::new(
            "authorize",
            Shape::Either(&[Shape::Text, Shape::Map(&ANY)]),
            "Parameters of the authorization request; they beat the derived ones. A list is repeated, `${omit}` leaves one out.",
        ),
        Key::new(
            "token",
            Shape::Either(&[Shape::Text, Shape::Map(&ANY)]),
            "Parameters of the last request; the same.",
        ),
        Key::new(
            "auth",
            Shape::Text,
            "How the client authenticates in it: `none` `basic` `post` `assertion` `both`.",
        ),
        Key::new(
            "send",
            Shape::Text,
            "How its parameters travel: `form` (default), `json`, `query` (POST with the parameters in the URL), `get`.",
        ),
    ],
};

/// `client` at hand.
pub(crate) static CLIENT: Table = Table {
    name: "client at hand",
    doc: "A client that the target file does not name.",
    rest: None,
    keys: &[
        Key::required("id", Shape::Text, "`client_id`."),
        Key::new("secret", Shape::Text, "`client_secret`."),
        Key::new(
            "auth",
            Shape::Text,
            "How it authenticates; `basic` where there is a secret, else `none`.",
        ),
        Key::new("redirect", Shape::Text, "Its redirect URI."),
        Key::new(
            "key",
            Shape::Text,
            "Its private key in PEM form, for `assertion`.",
        ),
    ],
};

/// `assertion`.
pub(crate) static ASSERTION: Table = Table {
    name: "client assertion",
    doc: "A `private_key_jwt` that differs from the derived one.",
    rest: None,
    keys: &[
        Key::new(
            "header",
            Shape::Map(&ANY),
            "Members of the header; null or `${omit}` removes one.",
        ),
        Key::new(
            "claims",
            Shape::Map(&ANY),
            "Claims; null or `${omit}` removes one.",
        ),
        Key::new(
            "sign",
            Shape::Text,
            "`keep` (the client's key, default), `own` (a fresh key), `none` (no signature).",
        ),
    ],
};

/// `mint`.
pub(crate) static MINT: Table = Table {
    name: "token to mint",
    doc: "A JSON Web Token made of another; `capture: { NAME: token }`.",
    rest: None,
    keys: &[
        Key::new(
            "from",
            Shape::Text,
            "The token whose header and claims it starts with.",
        ),
        Key::new("like", Shape::Text, "The principal whose token it starts with."),
        Key::new(
            "header",
            Shape::Either(&[Shape::Text, Shape::Map(&ANY)]),
            "Members of the header; null or `${omit}` removes one.",
        ),
        Key::new(
            "claims",
            Shape::Either(&[Shape::Text, Shape::Map(&ANY)]),
            "Claims; null or `${omit}` removes one.",
        ),
        Key::new(
            "sign",
            Shape::Either(&[Shape::Text, Shape::Table(&SIGN)]),
            "`keep` (the old signature), `none` (`alg: none` and no signature), `own` (a fresh key, its JWK is `${own.jwk}`), `target` (the target's signing key), or HS256.",
        ),
        Key::new(
            "raw",
            Shape::Either(&[Shape::Text, Shape::Table(&RAW_TOKEN)]),
            "Header and payload as texts instead; `${header}` and `${payload}` are the JSON that would have been signed.",
        ),
    ],
};

/// `sign` as a mapping.
pub(crate) static SIGN: Table = Table {
    name: "signature",
    doc: "A symmetric signature.",
    rest: None,
    keys: &[
        Key::required("alg", Shape::Word(&["HS256"]), "The algorithm."),
        Key::new("secret", Shape::Text, "The secret."),
        Key::new(
            "with",
            Shape::Word(SIGNED_WITH),
            "The server's public key, in this form, as the secret (RFC 8725 §2.1).",
        ),
    ],
};

pub(crate) const SIGNED_WITH: &[&str] = &["public-key-pem", "public-key-der", "public-key-jwk"];

/// `raw` of a minted token.
pub(crate) static RAW_TOKEN: Table = Table {
    name: "raw token",
    doc: "Texts that need not be JSON; each is encoded in base64url.",
    rest: None,
    keys: &[
        Key::new("header", Shape::Text, "Instead of the header."),
        Key::new("payload", Shape::Text, "Instead of the claims."),
    ],
};

/// `serve`.
pub(crate) static SERVE: Table = Table {
    name: "listener",
    doc: "A listener of ours on 127.0.0.1, until the case ends: `routes` opens it, `from` looks at what came.",
    rest: None,
    keys: &[
        Key::new(
            "routes",
            Shape::Map(&ROUTE_SHAPE),
            "Path → answer; every other path is 404. The address is `${ID.url}`.",
        ),
        Key::new(
            "from",
            Shape::Text,
            "The step that opened it: the requests so far, as a series. `headers`, `body`, `json` and `path` are those of the request, `status` is what it got.",
        ),
        Key::new(
            "documents",
            Shape::Bool,
            "With `routes`: where the target has a control door, it takes client ID metadata documents from here.",
        ),
    ],
};

static ROUTE_SHAPE: Shape = Shape::Table(&ROUTE);

/// An answer of a listener.
pub(crate) static ROUTE: Table = Table {
    name: "answer to serve",
    doc: "What a path answers.",
    rest: None,
    keys: &[
        Key::new("status", Shape::Text, "200 when absent."),
        Key::new("headers", Shape::Map(&ANY), "Header lines."),
        Key::new("json", Shape::Any, "Sent as JSON."),
        Key::new("body", Shape::Text, "Sent as written."),
    ],
};

/// `jwt` of an expectation.
pub(crate) static JWT: Table = Table {
    name: "token expectation",
    doc: "Header and claims of a JSON Web Token that the answer holds.",
    rest: None,
    keys: &[
        Key::new("of", Shape::Word(TOKENS), "Which; else the access token."),
        Key::new("header", Shape::Map(&ANY), "Members and matchers."),
        Key::new("claims", Shape::Map(&ANY), "Claims and matchers."),
        Key::new("exists", Shape::Bool, "Whether it is a JSON Web Token at all."),
    ],
};

/// Words that a key takes where it is no reference.
pub(crate) fn words_of(key: &str) -> Option<&'static [&'static str]> {
    Some(match key {
        "discover" => DOCUMENTS,
        "stop_at" => STOPS,
        "decision" => DECISIONS,
        "consent" => CONSENTS,
        "auth" => AUTHENTICATIONS,
        "send" => SENDINGS,
        _ => return None,
    })
}
