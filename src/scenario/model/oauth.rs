//! Steps that speak OAuth, make tokens, and listen.

use super::place::Spanned;
use super::template::{Data, Template};

/// `oauth:`.
#[derive(Debug, Clone)]
pub struct OAuthStep {
    /// What is asked of the authorization server.
    pub act: OAuthAct,
    /// A client of the target by name, or one at hand: `{ id, secret, auth, redirect, key }`.
    pub client: Option<Data>,
    /// How the client authenticates in the last request: none, basic, post, assertion, both.
    pub auth: Option<Template>,
    /// Parameters of the last request; they beat the derived ones.
    pub token: Option<Data>,
    /// How its parameters travel: form, json, query, get.
    pub send: Option<Template>,
}

/// What an `oauth` step does.
#[derive(Debug, Clone)]
pub enum OAuthAct {
    /// One GET of a document at its well-known address.
    Discover {
        /// resource, resource-root, server, openid, keys.
        what: Template,
        /// The resource or issuer; default: the MCP URL, the issuer.
        of: Option<Template>,
    },
    /// Dynamic client registration (RFC 7591).
    Register(Data),
    /// A grant, from the first request that it needs to the token.
    Grant(Box<Grant>),
    /// A page opened in a fresh browser, and its forms answered: its address.
    Visit(Template),
    /// RFC 7009.
    Revoke {
        /// The token.
        token: Template,
        /// `token_type_hint`.
        hint: Option<Template>,
    },
    /// RFC 7662.
    Introspect {
        /// The token.
        token: Template,
        /// `token_type_hint`.
        hint: Option<Template>,
    },
}

/// `grant:` and what belongs to it.
#[derive(Debug, Clone)]
pub struct Grant {
    /// `grant_type`.
    pub kind: Template,
    /// A list, or one text as it is sent.
    pub scopes: Option<Data>,
    /// One, or several; default: the MCP URL.
    pub resource: Option<Data>,
    /// Default: the client's own.
    pub redirect_uri: Option<Template>,
    /// A code at hand, instead of asking for one.
    pub code: Option<Template>,
    /// Default: the one the code was asked for with.
    pub verifier: Option<Template>,
    /// Of `refresh_token`.
    pub refresh_token: Option<Template>,
    /// authorize, consent or code: where a code flow ends early.
    pub stop_at: Option<Template>,
    /// approve or deny.
    pub decision: Option<Template>,
    /// door or pages.
    pub consent: Option<Template>,
    /// Flows of one name share cookies.
    pub browser: Option<Template>,
    /// What of the client's assertion beats the derived.
    pub assertion: Option<Data>,
    /// The scopes that are approved, instead of all.
    pub narrow: Option<Data>,
    /// Parameters of the authorization request; they beat the derived ones.
    pub authorize: Option<Data>,
}

/// `mint:` a token out of another.
#[derive(Debug, Clone)]
pub struct MintStep {
    /// Whose header and claims it starts with.
    pub source: MintSource,
    /// Members of the header; `${omit}` and null leave one out.
    pub header: Option<Data>,
    /// Claims; the same.
    pub claims: Option<Data>,
    /// keep, none, own, target, or `{ alg: HS256, secret | with }`.
    pub sign: Option<Data>,
    /// Header and payload as texts, sent as they are in base64url.
    pub raw: Option<Data>,
}

/// Where a minted token starts.
#[derive(Debug, Clone)]
pub enum MintSource {
    /// `from: TOKEN`.
    Token(Template),
    /// `like: PRINCIPAL`: that principal's token.
    Principal(Template),
}

/// `serve:`.
#[derive(Debug, Clone)]
pub enum ServeStep {
    /// A listener on 127.0.0.1 with these answers.
    Routes {
        /// Path → answer.
        routes: Vec<(Spanned<String>, Route)>,
        /// The target takes client ID metadata documents from it.
        documents: bool,
    },
    /// What came to a listener so far, as a series.
    From(Spanned<String>),
}

/// An answer of a listener.
#[derive(Debug, Clone)]
pub struct Route {
    /// 200 where nothing is said.
    pub status: Option<Template>,
    /// Header lines.
    pub headers: Vec<(Spanned<String>, Data)>,
    /// Sent as JSON.
    pub json: Option<Data>,
    /// Sent as written.
    pub body: Option<Template>,
}
