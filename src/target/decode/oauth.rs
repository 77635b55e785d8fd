//! `oauth:` of the target and of a principal.

use super::address;
use super::reference::{self, Place};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{Data, Spanned, Template};
use crate::scenario::suggest;
use crate::scenario::yaml::Node;
use crate::target::keys::oauth::{CLIENT, CLIENT_AUTHS, CONSENT, CONSENTS, CREDENTIAL, OAUTH, PAGE, USER};
use crate::target::model::{Credential, Target};
use crate::target::oauth::{Consent, OAuth, OAuthClient, OAuthCredential, OAuthUser, Page};

/// `oauth:` of the target.
pub(super) fn server(node: &Node, d: &mut Diagnostics) -> Option<OAuth> {
    let mut entries = Fields::of(node, &OAUTH, d)?;
    let issuer = entries
        .take("issuer", d)
        .and_then(|node| address::endpoint(node, d));
    let mut clients = Vec::new();
    if let Some(node) = entries.take("clients", d) {
        for (name, node) in super::named(node, "clients", d) {
            clients.extend(client(name, node, d));
        }
    }
    let mut users = Vec::new();
    if let Some(node) = entries.take("users", d) {
        for (name, node) in super::named(node, "users", d) {
            users.extend(user(name, node, d));
        }
    }
    let consent = entries.take("consent", d).and_then(|node| consent(node, d));
    let signing_key = entries
        .take("signing-key", d)
        .and_then(|node| reference::secret(node, "signing-key: \"${env.SIGNING_KEY}\"", d));
    entries.finish(d);
    Some(OAuth {
        issuer,
        clients,
        users,
        consent,
        signing_key,
    })
}

fn client(name: &Spanned<String>, node: &Node, d: &mut Diagnostics) -> Option<OAuthClient> {
    let mut entries = Fields::of(node, &CLIENT, d)?;
    let variable = reference::variable(&name.value);
    let registers = entries.has("register");
    let id = if registers && !entries.has("id") {
        None
    } else {
        entries.need("id", d)
    };
    let id = id.and_then(|node| reference::text(node, Place::Fact, d));
    let register = entries.take("register", d).and_then(|node| register(node, d));
    if registers && let Some(id) = &id {
        d.error(
            "one-of-keys",
            &id.at,
            "a client that registers itself is given its id by the server",
        );
    }
    let redirect = entries
        .take("redirect", d)
        .and_then(|node| reference::text(node, Place::Fact, d));
    let (has_secret, has_key) = (entries.has("secret"), entries.has("key"));
    let mut secret = |key: &str| {
        let line = format!("{key}: \"${{env.{variable}_{}}}\"", key.to_uppercase());
        reference::secret(entries.take(key, d)?, &line, d)
    };
    let (secret, key) = (secret("secret"), secret("key"));
    let auth = entries
        .take("auth", d)
        .and_then(|node| fields::word(node, CLIENT_AUTHS, "client authentication", d));
    // The secret of a client that registers comes with its id.
    if let Some(auth) = auth.as_ref().filter(|_| register.is_none()) {
        let missing = match auth.value.as_str() {
            "basic" | "post" | "both" if !has_secret => Some("secret"),
            "assertion" if !has_key => Some("key"),
            _ => None,
        };
        if let Some(missing) = missing {
            d.error(
                "missing-key",
                &auth.at,
                format!("`auth: {}` needs a `{missing}`", auth.value),
            )
            .help(format!(
                "{missing}: \"${{env.{variable}_{}}}\"",
                missing.to_uppercase()
            ));
        }
    }
    entries.finish(d);
    (id.is_some() || register.is_some()).then(|| OAuthClient {
        name: name.clone(),
        id,
        register,
        redirect,
        secret,
        auth,
        key,
    })
}

/// `register: true`, or metadata.
fn register(node: &Node, d: &mut Diagnostics) -> Option<Data> {
    if node.map().is_some() {
        return Some(reference::data(node, Place::Fact, d));
    }
    fields::boolean(node, d)?.then(|| Data::Map(Vec::new(), node.at.clone()))
}

fn user(name: &Spanned<String>, node: &Node, d: &mut Diagnostics) -> Option<OAuthUser> {
    let mut entries = Fields::of(node, &USER, d)?;
    let login = entries
        .need("name", d)
        .and_then(|node| reference::text(node, Place::Fact, d));
    let line = format!(
        "password: \"${{env.{}_PASSWORD}}\"",
        reference::variable(&name.value)
    );
    let password = entries
        .take("password", d)
        .and_then(|node| reference::secret(node, &line, d));
    entries.finish(d);
    Some(OAuthUser {
        name: name.clone(),
        login: login?,
        password,
    })
}

fn consent(node: &Node, d: &mut Diagnostics) -> Option<Consent> {
    if node.map().is_none() {
        let word = fields::word(node, CONSENTS, "way of consent", d)?;
        return Some(if word.value == "door" {
            Consent::Door
        } else {
            Consent::Redirects
        });
    }
    let mut entries = Fields::of(node, &CONSENT, d)?;
    let door = entries
        .take("door", d)
        .and_then(|node| fields::boolean(node, d))
        .unwrap_or(false);
    let pages = entries.need("pages", d)?;
    let pages = fields::list(pages, d)
        .iter()
        .filter_map(|node| page(node, d))
        .collect();
    entries.finish(d);
    Some(Consent::Pages { pages, door })
}

fn page(node: &Node, d: &mut Diagnostics) -> Option<Page> {
    let mut entries = Fields::of(node, &PAGE, d)?;
    let form = entries.need("form", d).and_then(|node| selector(node, d));
    let mut fill: Vec<(Spanned<String>, Template)> = Vec::new();
    if let Some(node) = entries.take("fill", d) {
        for (name, node) in fields::entries(node, "fields and values", d) {
            if name.value.to_lowercase().contains("password")
                && !node.text().is_some_and(|t| t.contains("${"))
            {
                let line = format!("{}: \"${{user.password}}\"", name.value);
                reference::secret(node, &line, d);
                continue;
            }
            fill.extend(reference::text(node, Place::Form, d).map(|text| (name.clone(), text)));
        }
    }
    let press = entries.take("press", d).and_then(|node| selector(node, d));
    let deny = entries.take("deny", d).and_then(|node| selector(node, d));
    entries.finish(d);
    Some(Page {
        form: form?,
        fill,
        press,
        deny,
    })
}

/// A CSS selector that can be read.
fn selector(node: &Node, d: &mut Diagnostics) -> Option<Spanned<String>> {
    let text = fields::text(node, d)?;
    if scraper::Selector::parse(&text.value).is_err() {
        d.error(
            "bad-selector",
            &text.at,
            format!("`{}` is no CSS selector", text.value),
        )
        .help("`form#login`, `button[name=decision][value=approve]`");
        return None;
    }
    Some(text)
}

/// `oauth:` of a principal.
pub(super) fn credential(node: &Node, d: &mut Diagnostics) -> Option<Credential> {
    let mut entries = Fields::of(node, &CREDENTIAL, d)?;
    if entries.has("vault") {
        for key in ["client", "user", "scopes"] {
            if let Some(at) = entries.place(key) {
                d.error(
                    "two-credentials",
                    at,
                    format!("`vault` and `{key}` exclude each other: the account has its own"),
                );
            }
        }
    }
    let mut text = |key: &str| fields::text(entries.take(key, d)?, d);
    let (client, user, vault) = (text("client"), text("user"), text("vault"));
    let scopes = super::principal::templates(entries.take("scopes", d), d);
    entries.finish(d);
    Some(Credential::OAuth(Box::new(OAuthCredential {
        client,
        user,
        scopes,
        vault,
    })))
}

/// Principals name clients and users that exist.
pub(super) fn check_names(target: &Target, d: &mut Diagnostics) {
    let oauth = target.oauth.as_deref();
    for principal in &target.principals {
        let Credential::OAuth(credential) = &principal.credential else {
            continue;
        };
        if credential.vault.is_some() {
            continue;
        }
        let Some(oauth) = oauth else {
            d.error(
                "missing-key",
                &principal.name.at,
                format!(
                    "`{}` gets its token from an authorization server, and the file does not say with which client",
                    principal.name.value
                ),
            )
            .help("oauth: { clients: { agent: { id: …, redirect: … } } }");
            continue;
        };
        let clients = oauth.clients.iter().map(|client| client.name.value.as_str());
        let users = oauth.users.iter().map(|user| user.name.value.as_str());
        known(credential.client.as_ref(), "client", clients, d);
        known(credential.user.as_ref(), "user", users, d);
        if oauth.clients.is_empty() {
            d.error(
                "missing-key",
                &principal.name.at,
                "there is no client to get a token with",
            )
            .help("oauth: { clients: { agent: { id: …, redirect: … } } }");
        }
    }
}

fn known<'a>(
    name: Option<&Spanned<String>>,
    what: &str,
    names: impl Iterator<Item = &'a str> + Clone,
    d: &mut Diagnostics,
) {
    let Some(name) = name else { return };
    if names.clone().any(|known| known == name.value) {
        return;
    }
    let near = suggest::nearest(&name.value, names.clone());
    d.error(
        "unknown-name",
        &name.at,
        format!("`oauth: {{ {what}s }}` has no `{}`", name.value),
    )
    .help(format!("{what}s: {}", suggest::listed(names)))
    .meant(near);
}
