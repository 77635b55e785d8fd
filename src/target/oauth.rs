//! The authorization server of a target, and who may act there.

use serde_json::{Map, Value};

use crate::scenario::model::{Data, Spanned, Template};
use crate::secret::Secret;

/// `oauth:`.
#[derive(Debug, Clone, Default)]
pub struct OAuth {
    /// Else discovered.
    pub issuer: Option<Template>,
    /// In the order written; the first is the default.
    pub clients: Vec<OAuthClient>,
    /// People who can sign in.
    pub users: Vec<OAuthUser>,
    /// How consent is given; `None`: nothing is said.
    pub consent: Option<Consent>,
    /// A key that the resource server trusts.
    pub signing_key: Option<Template>,
}

/// A registered client.
#[derive(Debug, Clone)]
pub struct OAuthClient {
    /// As scenarios name it.
    pub name: Spanned<String>,
    /// `client_id`; `None` where it registers itself.
    pub id: Option<Template>,
    /// The metadata it registers with.
    pub register: Option<Data>,
    /// A registered redirect URI.
    pub redirect: Option<Template>,
    /// `client_secret`.
    pub secret: Option<Template>,
    /// none, basic, post, assertion.
    pub auth: Option<Spanned<String>>,
    /// Private key in PEM form.
    pub key: Option<Template>,
}

/// Somebody who can sign in.
#[derive(Debug, Clone)]
pub struct OAuthUser {
    /// As principals name it.
    pub name: Spanned<String>,
    /// What is typed.
    pub login: Template,
    /// What is typed.
    pub password: Option<Template>,
}

/// How a person's consent is given.
#[derive(Debug, Clone)]
pub enum Consent {
    /// Through the mock's control door.
    Door,
    /// Redirects are followed, no form is filled.
    Redirects,
    /// Forms are filled in.
    Pages {
        /// The forms.
        pages: Vec<Page>,
        /// The door can do it, too.
        door: bool,
    },
}

/// A form on a page.
#[derive(Debug, Clone)]
pub struct Page {
    /// CSS selector of the form.
    pub form: Spanned<String>,
    /// Field → value; reads `${user.…}` and `${env.…}`.
    pub fill: Vec<(Spanned<String>, Template)>,
    /// CSS selector of the button.
    pub press: Option<Spanned<String>>,
    /// CSS selector of the button that refuses.
    pub deny: Option<Spanned<String>>,
}

/// `oauth:` of a principal.
#[derive(Debug, Clone, Default)]
pub struct OAuthCredential {
    /// Else the first.
    pub client: Option<Spanned<String>>,
    /// Who consents; without one the client acts for itself.
    pub user: Option<Spanned<String>>,
    /// What is asked for.
    pub scopes: Vec<Template>,
    /// The account of `hallmark login` instead.
    pub vault: Option<Spanned<String>>,
}

/// What shipped scenarios call clients.
const ROLES: &[&str] = &[
    "agent",
    "rival",
    "app",
    "poster",
    "odd",
    "signer",
    "lapsed",
    "service",
    "inspector",
];

impl OAuth {
    /// Whether this follows of what the file says of clients and consent.
    pub(super) fn has(&self, capability: &str) -> bool {
        let confidential = |client: &OAuthClient| client.secret.is_some();
        match capability {
            "oauth" => true,
            "confidential-client" => self.clients.iter().any(confidential),
            "second-client" => self.clients.len() > 1,
            "client-credentials" => self.clients.iter().any(|client| client.name.value == "service"),
            "assertion-client" => self.clients.iter().any(|client| client.key.is_some()),
            "code-flow" => {
                let goes = |client: &OAuthClient| client.redirect.is_some() || client.register.is_some();
                self.consent.is_some() && self.clients.iter().any(goes)
            }
            "consent-pages" => matches!(self.consent, Some(Consent::Pages { .. })),
            "signing-key" => self.signing_key.is_some(),
            other => match other.strip_prefix("client-") {
                Some(role) => self.clients.iter().any(|client| client.name.value == role),
                None => false,
            },
        }
    }

    /// The line that would bring it.
    pub(super) fn line_for(capability: &str) -> Option<String> {
        let line = match capability {
            "oauth" => "oauth: { clients: { agent: { id: …, redirect: … } } }",
            "confidential-client" => {
                "oauth: { clients: { app: { id: …, redirect: …, secret: \"${env.NAME}\" } } }"
            }
            "second-client" => "oauth: { clients: { agent: { … }, rival: { id: …, redirect: … } } }",
            "client-credentials" => "oauth: { clients: { service: { id: …, secret: \"${env.NAME}\" } } }",
            "assertion-client" => "oauth: { clients: { signer: { id: …, key: \"${env.NAME}\" } } }",
            "code-flow" | "consent-pages" => {
                "oauth: { consent: { pages: [{ form: …, fill: { … }, press: … }] } }"
            }
            "signing-key" => "oauth: { signing-key: \"${env.NAME}\" }",
            other => {
                let role = other
                    .strip_prefix("client-")
                    .filter(|role| ROLES.contains(role))?;
                return Some(format!(
                    "oauth: {{ clients: {{ {role}: {{ id: …, redirect: … }} }} }}"
                ));
            }
        };
        Some(line.to_owned())
    }
}

/// The authorization server with its variables read.
#[derive(Debug, Clone, Default)]
pub struct ResolvedOAuth {
    /// As written: issuers are compared as text.
    pub issuer: Option<String>,
    /// In the order of the file.
    pub clients: Vec<ResolvedClient>,
    /// By the names of the file.
    pub users: Vec<ResolvedUser>,
    /// A private key in PEM form.
    pub signing_key: Option<Secret>,
}

/// A client that can be acted as.
#[derive(Debug, Clone)]
pub struct ResolvedClient {
    /// As scenarios name it.
    pub name: String,
    /// `client_id`; empty until it has registered itself.
    pub id: String,
    /// The metadata it registers with.
    pub register: Option<Value>,
    /// A registered redirect URI.
    pub redirect: Option<String>,
    /// `client_secret`.
    pub secret: Option<Secret>,
    /// none, basic, post, assertion, both.
    pub auth: String,
    /// Private key in PEM form.
    pub key: Option<Secret>,
}

/// Somebody who can sign in.
#[derive(Debug, Clone)]
pub struct ResolvedUser {
    /// As principals name it.
    pub name: String,
    /// What is typed.
    pub login: String,
    /// What is typed.
    pub password: Option<Secret>,
}

/// How a principal gets its token.
#[derive(Debug, Clone, Default)]
pub struct ResolvedCredential {
    /// Else the first.
    pub client: Option<String>,
    /// Who consents.
    pub user: Option<String>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// The account of `hallmark login` instead.
    pub vault: Option<String>,
}

impl ResolvedOAuth {
    /// A client by name.
    pub fn client(&self, name: &str) -> Option<&ResolvedClient> {
        self.clients.iter().find(|client| client.name == name)
    }

    /// A user by name.
    pub fn user(&self, name: &str) -> Option<&ResolvedUser> {
        self.users.iter().find(|user| user.name == name)
    }

    /// Everything that must never be shown, with what it is.
    pub(super) fn secrets(&self) -> Vec<(String, &Secret)> {
        let mut all = Vec::new();
        for client in &self.clients {
            let secret = client.secret.as_ref();
            all.extend(secret.map(|secret| (format!("secret of client {}", client.name), secret)));
            let key = client.key.as_ref();
            all.extend(key.map(|key| (format!("key of client {}", client.name), key)));
        }
        for user in &self.users {
            let password = user.password.as_ref();
            all.extend(password.map(|password| (format!("password of {}", user.name), password)));
        }
        all.extend(
            self.signing_key
                .as_ref()
                .map(|key| ("signing key".to_owned(), key)),
        );
        all
    }
}

/// `${target.oauth.…}`; `authority`: members of the server's metadata, where they are known.
pub fn value(
    resolved: &super::Resolved,
    authority: Option<&Map<String, Value>>,
    path: &[String],
) -> Option<Value> {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    let declared = resolved.oauth.as_ref();
    match parts.as_slice() {
        ["client" | "clients", name, part] => {
            let client = declared?.client(name)?;
            match *part {
                "id" => Some(client.id.clone())
                    .filter(|id| !id.is_empty())
                    .map(Value::from),
                "redirect" => client.redirect.clone().map(Value::from),
                "secret" => client.secret.as_ref().map(|secret| secret.expose().into()),
                _ => None,
            }
        }
        ["issuer"] => {
            let written = declared.and_then(|oauth| oauth.issuer.clone());
            let found = || authority?.get("issuer").cloned();
            written.map(Value::from).or_else(found)
        }
        [member, rest @ ..] => {
            let mut value = authority?.get(*member)?;
            for part in rest {
                value = match value {
                    Value::Object(members) => members.get(*part)?,
                    Value::Array(items) => items.get(part.parse::<usize>().ok()?)?,
                    _ => return None,
                };
            }
            Some(value.clone())
        }
        [] => None,
    }
}
