//! Who calls.

use super::reference::{self, Place};
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{Piece, Spanned, Template};
use crate::scenario::yaml::Node;
use crate::target::keys::PRINCIPAL;
use crate::target::model::{Credential, NOBODY, Principal};

/// `principals:`, in the order written.
pub(super) fn principals(node: &Node, diagnostics: &mut Diagnostics) -> Vec<Principal> {
    let mut principals: Vec<Principal> = Vec::new();
    for (name, node) in super::named(node, "principals", diagnostics) {
        if name.value == NOBODY {
            diagnostics
                .error(
                    "reserved-name",
                    &name.at,
                    "`nobody` is built in: it sends no credential",
                )
                .help("choose another name; `credential: none` says the same of a principal of yours");
            continue;
        }
        let Some(principal) = principal(name, node, diagnostics) else {
            continue;
        };
        if let Some(twin) = principals
            .iter()
            .find(|other| same(&other.credential, &principal.credential))
        {
            let message = format!(
                "`{}` presents the same credential as `{}`",
                name.value, twin.name.value
            );
            diagnostics
                .warning("same-credential", &name.at, message)
                .help("checks that tell callers apart cannot be made with one credential");
        }
        principals.push(principal);
    }
    principals
}

fn principal(name: &Spanned<String>, node: &Node, diagnostics: &mut Diagnostics) -> Option<Principal> {
    conceal_unknown(node, diagnostics);
    let mut entries = Fields::of(node, &PRINCIPAL, diagnostics)?;
    let credential = credential(name, &mut entries, diagnostics);
    let scopes = templates(entries.take("scopes", diagnostics), diagnostics);
    let canaries = templates(entries.take("canary", diagnostics), diagnostics);
    for canary in &canaries {
        if canary.as_literal().is_some_and(|text| text.chars().count() < 8) {
            diagnostics
                .warning(
                    "short-canary",
                    &canary.at,
                    "a canary this short may turn up by chance",
                )
                .help("use at least 8 characters that occur nowhere else");
        }
    }
    let tenant = entries.take("tenant", diagnostics);
    let tenant = tenant.and_then(|node| reference::text(node, Place::Fact, diagnostics));
    entries.finish(diagnostics);
    Some(Principal {
        name: name.clone(),
        credential: credential?,
        scopes,
        canaries,
        tenant,
    })
}

fn credential(
    name: &Spanned<String>,
    entries: &mut Fields<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Credential> {
    let line = format!(
        "{}: {{ bearer: \"${{env.{}_TOKEN}}\" }}",
        name.value,
        reference::variable(&name.value)
    );
    if let Some(at) = entries.place("oauth").cloned() {
        let node = entries.take("oauth", diagnostics);
        for key in ["bearer", "credential"] {
            if entries.take_raw(key).is_some() {
                diagnostics.error(
                    "two-credentials",
                    &at,
                    format!("`oauth` and `{key}` exclude each other"),
                );
            }
        }
        return super::oauth::credential(node?, diagnostics);
    }
    let none = entries.take("credential", diagnostics);
    let none = none.map(|node| (node, fields::word(node, &["none"], "credential", diagnostics)));
    if entries.has("bearer") {
        let bearer = entries.take("bearer", diagnostics)?;
        if let Some((node, _)) = none {
            diagnostics.error(
                "two-credentials",
                &node.at,
                "`credential: none` and `bearer` exclude each other",
            );
        }
        return reference::secret(bearer, &line, diagnostics).map(|bearer| {
            scheme_inside(&bearer, diagnostics);
            Credential::Bearer(bearer)
        });
    }
    if let Some((_, word)) = none {
        return word.map(|_| Credential::None);
    }
    diagnostics
        .error(
            "missing-key",
            &name.at,
            format!("the principal `{}` has no credential", name.value),
        )
        .help(format!("`{line}`, or `credential: none`"));
    None
}

/// `bearer: "Bearer ${env.X}"` would be sent as `Bearer Bearer …`.
fn scheme_inside(bearer: &Template, diagnostics: &mut Diagnostics) {
    if let Some(Piece::Text(text)) = bearer.pieces.first()
        && text.trim_start().to_ascii_lowercase().starts_with("bearer")
    {
        diagnostics
            .error(
                "scheme-in-token",
                &bearer.at,
                "the scheme is added when the token is sent",
            )
            .help("write the token alone: `bearer: \"${env.NAME}\"`");
    }
}

/// A token under a mistyped key, or in place of the mapping, must not be shown by the message about it.
fn conceal_unknown(node: &Node, diagnostics: &mut Diagnostics) {
    let Some(members) = node.map() else {
        diagnostics.conceal(&node.at);
        return;
    };
    for (_, value) in members
        .iter()
        .filter(|(key, _)| !PRINCIPAL.names().any(|known| known == key.value))
    {
        if value.text().is_some_and(|text| !text.starts_with("${")) {
            diagnostics.conceal(&value.at);
        }
    }
}

pub(super) fn templates(node: Option<&Node>, diagnostics: &mut Diagnostics) -> Vec<Template> {
    let nodes = node.map(fields::one_or_many).unwrap_or_default();
    nodes
        .iter()
        .filter_map(|node| reference::text(node, Place::Fact, diagnostics))
        .collect()
}

fn same(a: &Credential, b: &Credential) -> bool {
    match (a, b) {
        (Credential::Bearer(a), Credential::Bearer(b)) => a.pieces == b.pieces,
        _ => false,
    }
}
