//! `oauth`, `mint` and `serve`.

use super::kinds::{members, one_of, payload, template};
use super::{Context, tables};
use crate::scenario::fields::{self, Fields};
use crate::scenario::model::{
    Data, Grant, MintSource, MintStep, OAuthAct, OAuthStep, Route, ServeStep, Spanned, Template,
};
use crate::scenario::table::Table;
use crate::scenario::yaml::Node;

/// What says which request it is.
const ACTS: &[&str] = &["discover", "register", "grant", "visit", "revoke", "introspect"];

/// Keys that belong to some of them only.
const BELONGS: &[(&str, &[&str])] = &[
    ("of", &["discover"]),
    ("hint", &["revoke", "introspect"]),
    ("scopes", &["grant"]),
    ("resource", &["grant"]),
    ("redirect_uri", &["grant"]),
    ("code", &["grant"]),
    ("verifier", &["grant"]),
    ("refresh_token", &["grant"]),
    ("stop_at", &["grant"]),
    ("decision", &["grant"]),
    ("narrow", &["grant"]),
    ("consent", &["grant"]),
    ("browser", &["grant"]),
    ("assertion", &["grant"]),
    ("authorize", &["grant"]),
    ("client", &["grant", "revoke", "introspect"]),
    ("auth", &["grant", "revoke", "introspect"]),
    ("token", &["grant", "revoke", "introspect"]),
    ("send", &["grant", "revoke", "introspect", "register"]),
];

pub(super) fn oauth(node: &Node, cx: &mut Context<'_>) -> Option<OAuthStep> {
    let mut fields = Fields::of(node, &tables::OAUTH, cx.diagnostics)?;
    let sound = one_of(&fields, ACTS, &tables::OAUTH, cx);
    belongs(&mut fields, cx);
    let act = act(&mut fields, cx);
    if act.is_none() || !sound {
        // What belongs to the other request is no second mistake.
        return None;
    }
    let client = client(&mut fields, cx);
    let auth = word(&mut fields, "auth", cx);
    let token = parameters(&mut fields, "token", cx);
    let send = word(&mut fields, "send", cx);
    fields.finish(cx.diagnostics);
    Some(OAuthStep {
        act: act?,
        client,
        auth,
        token,
        send,
    })
}

fn act(fields: &mut Fields<'_>, cx: &mut Context<'_>) -> Option<OAuthAct> {
    let present = ACTS.iter().find(|key| fields.has(key))?;
    Some(match *present {
        "discover" => OAuthAct::Discover {
            what: word(fields, "discover", cx)?,
            of: template(fields, "of", cx),
        },
        "register" => OAuthAct::Register(parameters(fields, "register", cx)?),
        "visit" => OAuthAct::Visit(template(fields, "visit", cx)?),
        "revoke" => OAuthAct::Revoke {
            token: template(fields, "revoke", cx)?,
            hint: template(fields, "hint", cx),
        },
        "introspect" => OAuthAct::Introspect {
            token: template(fields, "introspect", cx)?,
            hint: template(fields, "hint", cx),
        },
        _ => OAuthAct::Grant(Box::new(grant(fields, cx)?)),
    })
}

fn grant(fields: &mut Fields<'_>, cx: &mut Context<'_>) -> Option<Grant> {
    let grant = Grant {
        kind: template(fields, "grant", cx)?,
        scopes: texts(fields, "scopes", cx),
        resource: texts(fields, "resource", cx),
        redirect_uri: template(fields, "redirect_uri", cx),
        code: template(fields, "code", cx),
        verifier: template(fields, "verifier", cx),
        refresh_token: template(fields, "refresh_token", cx),
        stop_at: word(fields, "stop_at", cx),
        decision: word(fields, "decision", cx),
        narrow: texts(fields, "narrow", cx),
        consent: word(fields, "consent", cx),
        browser: template(fields, "browser", cx),
        assertion: assertion(fields, cx),
        authorize: parameters(fields, "authorize", cx),
    };
    misfits(&grant, cx);
    Some(grant)
}

/// Keys that say nothing beside this grant type.
fn misfits(grant: &Grant, cx: &mut Context<'_>) {
    let Some(kind) = grant.kind.as_literal() else {
        return;
    };
    let code = kind == "authorization_code";
    let stray = [
        (grant.stop_at.as_ref(), "stop_at", code),
        (grant.decision.as_ref(), "decision", code),
        (grant.code.as_ref(), "code", code),
        (
            grant.refresh_token.as_ref(),
            "refresh_token",
            kind == "refresh_token",
        ),
    ];
    for (key, name, fits) in stray {
        if let Some(template) = key
            && !fits
        {
            cx.diagnostics
                .error(
                    "stray-key",
                    &template.at,
                    format!("`{name}` says nothing in a grant of type `{kind}`"),
                )
                .help("a parameter that should be sent all the same stands in `token: { … }`");
        }
    }
    if kind == "refresh_token" && grant.refresh_token.is_none() {
        cx.diagnostics
            .error(
                "missing-key",
                &grant.kind.at,
                "nothing says which refresh token is used",
            )
            .help("`refresh_token: \"${refresh}\"`; `\"${omit}\"` sends none");
    }
    if let (Some(code), Some(stop)) = (&grant.code, &grant.stop_at) {
        cx.diagnostics
            .error(
                "one-of-keys",
                &stop.at,
                "with `code` only the token request is sent: there is nothing to stop before",
            )
            .note(format!("`code` stands in {}", code.at));
    }
}

fn belongs(fields: &mut Fields<'_>, cx: &mut Context<'_>) {
    for (key, acts) in BELONGS {
        if let Some(at) = fields.place(key).cloned()
            && !acts.iter().any(|act| fields.has(act))
            && ACTS.iter().any(|act| fields.has(act))
        {
            let listed: Vec<String> = acts.iter().map(|act| format!("`{act}`")).collect();
            cx.diagnostics.error(
                "stray-key",
                &at,
                format!("`{key}` belongs to {}, which is not here", listed.join(" or ")),
            );
            fields.take_raw(key);
        }
    }
}

/// One of a few words, or a reference.
fn word(fields: &mut Fields<'_>, key: &'static str, cx: &mut Context<'_>) -> Option<Template> {
    let template = template(fields, key, cx)?;
    if let (Some(text), Some(known)) = (template.as_literal(), tables::words_of(key))
        && !known.contains(&text)
    {
        let text = Spanned {
            value: text.to_owned(),
            at: template.at.clone(),
        };
        let what = match key {
            "discover" => "document",
            "stop_at" => "place to stop",
            "consent" => "way of consent",
            "auth" => "client authentication",
            "send" => "way to send",
            other => other,
        };
        fields::unknown_word(&text, known, what, cx.diagnostics);
    }
    Some(template)
}

/// A mapping, or a reference to one.
fn parameters(fields: &mut Fields<'_>, key: &str, cx: &mut Context<'_>) -> Option<Data> {
    let (_, node) = fields.take_raw(key)?;
    map(node, key, cx)
}

fn map(node: &Node, key: &str, cx: &mut Context<'_>) -> Option<Data> {
    let data = fields::data(node, cx.diagnostics);
    let whole = matches!(&data, Data::Text(template) if template.as_reference().is_some());
    if matches!(data, Data::Map(..)) || whole {
        return Some(data);
    }
    cx.diagnostics.error(
        "wrong-type",
        &node.at,
        format!(
            "`{key}` is a mapping of names and values, got {}",
            node.type_name()
        ),
    );
    None
}

fn assertion(fields: &mut Fields<'_>, cx: &mut Context<'_>) -> Option<Data> {
    let (_, node) = fields.take_raw("assertion")?;
    if node.map().is_some() {
        check_keys(node, &tables::ASSERTION, cx);
    }
    map(node, "assertion", cx)
}

/// A text or a list of texts.
fn texts(fields: &mut Fields<'_>, key: &str, cx: &mut Context<'_>) -> Option<Data> {
    let node = fields.take(key, cx.diagnostics)?;
    let items = fields::one_or_many(node);
    for item in items {
        fields::text(item, cx.diagnostics)?;
    }
    Some(fields::data(node, cx.diagnostics))
}

fn client(fields: &mut Fields<'_>, cx: &mut Context<'_>) -> Option<Data> {
    let node = fields.take("client", cx.diagnostics)?;
    if node.map().is_some() {
        check_keys(node, &tables::CLIENT, cx);
    } else {
        fields::text(node, cx.diagnostics)?;
    }
    Some(fields::data(node, cx.diagnostics))
}

/// A mapping that stays data, with the keys of a table.
fn check_keys(node: &Node, table: &'static Table, cx: &mut Context<'_>) {
    let Some(mut inner) = Fields::of(node, table, cx.diagnostics) else {
        return;
    };
    for key in table.keys {
        if key.required {
            inner.need(key.name, cx.diagnostics);
        } else {
            inner.take_raw(key.name);
        }
    }
    inner.finish(cx.diagnostics);
}

pub(super) fn mint(node: &Node, cx: &mut Context<'_>) -> Option<MintStep> {
    let mut fields = Fields::of(node, &tables::MINT, cx.diagnostics)?;
    let sound = one_of(&fields, &["from", "like"], &tables::MINT, cx);
    let from = template(&mut fields, "from", cx);
    let like = template(&mut fields, "like", cx);
    let header = parameters(&mut fields, "header", cx);
    let claims = parameters(&mut fields, "claims", cx);
    let sign = sign(&mut fields, cx);
    let raw = fields.take_raw("raw").and_then(|(_, node)| {
        if node.map().is_some() {
            check_keys(node, &tables::RAW_TOKEN, cx);
        }
        map(node, "raw", cx)
    });
    fields.finish(cx.diagnostics);
    let source = match (from, like) {
        (Some(token), _) => MintSource::Token(token),
        (None, Some(name)) => MintSource::Principal(name),
        (None, None) => return None,
    };
    Some(MintStep {
        source,
        header,
        claims,
        sign,
        raw,
    })
    .filter(|_| sound)
}

fn sign(fields: &mut Fields<'_>, cx: &mut Context<'_>) -> Option<Data> {
    const WORDS: &[&str] = &["keep", "none", "own", "target"];
    let node = fields.take("sign", cx.diagnostics)?;
    let data = fields::data(node, cx.diagnostics);
    if let Data::Text(template) = &data {
        if let Some(text) = template.as_literal().filter(|text| !WORDS.contains(text)) {
            let text = Spanned {
                value: text.to_owned(),
                at: template.at.clone(),
            };
            fields::unknown_word(&text, WORDS, "signature", cx.diagnostics);
        }
        return Some(data);
    }
    let mut inner = Fields::of(node, &tables::SIGN, cx.diagnostics)?;
    one_of(&inner, &["secret", "with"], &tables::SIGN, cx);
    if let Some(node) = inner.need("alg", cx.diagnostics) {
        fields::word(node, &["HS256"], "algorithm", cx.diagnostics);
    }
    inner.take_raw("secret");
    if let Some(node) = inner.take("with", cx.diagnostics)
        && node.text().is_none_or(|text| !text.contains("${"))
    {
        fields::word(node, tables::SIGNED_WITH, "form of a public key", cx.diagnostics);
    }
    inner.finish(cx.diagnostics);
    Some(data)
}

pub(super) fn serve(node: &Node, cx: &mut Context<'_>) -> Option<ServeStep> {
    let mut fields = Fields::of(node, &tables::SERVE, cx.diagnostics)?;
    one_of(&fields, &["routes", "from"], &tables::SERVE, cx);
    super::kinds::only_with(&fields, "documents", "routes", cx);
    let from = fields
        .take("from", cx.diagnostics)
        .and_then(|node| fields::text(node, cx.diagnostics));
    let routes = fields.take("routes", cx.diagnostics).map(|node| {
        let entries = fields::entries(node, "paths and answers", cx.diagnostics);
        let routes = entries
            .iter()
            .filter_map(|(path, node)| Some((path.clone(), route(path, node, cx)?)));
        routes.collect::<Vec<_>>()
    });
    let documents = fields
        .take("documents", cx.diagnostics)
        .and_then(|node| fields::boolean(node, cx.diagnostics))
        .unwrap_or(false);
    fields.finish(cx.diagnostics);
    match (from, routes) {
        (Some(from), _) => Some(ServeStep::From(from)),
        (None, Some(routes)) => Some(ServeStep::Routes { routes, documents }),
        (None, None) => None,
    }
}

fn route(path: &Spanned<String>, node: &Node, cx: &mut Context<'_>) -> Option<Route> {
    if !path.value.starts_with('/') {
        cx.diagnostics
            .error(
                "bad-url",
                &path.at,
                format!("`{}` is not a path: it does not start with `/`", path.value),
            )
            .help(format!("`/{}`", path.value));
    }
    let mut fields = Fields::of(node, &tables::ROUTE, cx.diagnostics)?;
    if fields.has("json") && fields.has("body") {
        one_of(&fields, &["json", "body"], &tables::ROUTE, cx);
    }
    let route = Route {
        status: template(&mut fields, "status", cx),
        headers: members(&mut fields, "headers", cx),
        json: payload(&mut fields, "json", cx),
        body: template(&mut fields, "body", cx),
    };
    fields.finish(cx.diagnostics);
    Some(route)
}
