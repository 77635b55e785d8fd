//! The `http` step: a plain request, sent as written.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value as Json;
use url::Url;

use super::mcp::declared_probe;
use super::send::{Outgoing, Written, evidence, send, sender, with_query};
use super::session::{Opened, open};
use super::{Fill, Problem, Scope};
use crate::expect::Single;
use crate::mcp;
use crate::scenario::model::{Data, HeaderValue, HttpStep, Kind, Spanned, Step, Template};
use crate::target::{Call, HttpCall, HttpContent};
use crate::wire::Read;

/// Where a request goes and what it holds.
pub(super) struct Shape {
    pub(super) method: Option<String>,
    pub(super) url: Url,
    pub(super) target: Option<String>,
    pub(super) body: Option<(Bytes, Option<&'static str>)>,
    pub(super) headers: Vec<(String, String)>,
    sent_ids: Vec<String>,
    gives: BTreeMap<String, String>,
}

pub(super) async fn perform(step: &Step, http: &HttpStep, fill: Fill<'_>) -> Result<Single, Problem> {
    let mut shape = match &http.probe {
        Some(name) => of_probe(&fill.text(name)?, http, fill)?,
        None => written_out(http, fill)?,
    };
    if let Some(method) = &http.method {
        shape.method = Some(fill.text(method)?);
    }
    if !http.query.is_empty() {
        shape.url = with_query(shape.url, &http.query, fill)?;
    }
    let read = match &http.read {
        Some(time) => Read::For(fill.time(time)?),
        None => Read::Whole,
    };
    let single = exchange(step, shape, read, if http.follow { 5 } else { 0 }, fill).await?;
    if let Some(name) = &http.probe {
        let given = (http.with.as_slice(), http.aim.as_ref());
        super::undo::remember(&fill.text(name)?, given, &single, step, fill)?;
    }
    Ok(single)
}

/// A call that is no step of its own: a hook, or what takes a probe back.
pub(super) async fn call(step: &Step, call: &HttpCall, inner: Fill<'_>) -> Result<Single, Problem> {
    exchange(step, of_call(call, inner)?, Read::Whole, 0, inner).await
}

async fn exchange(
    step: &Step,
    shape: Shape,
    read: Read,
    redirects: u8,
    fill: Fill<'_>,
) -> Result<Single, Problem> {
    let sender = sender(step.who.as_ref(), fill).await?;
    let mut derived: Vec<(String, String)> = shape.headers;
    if let Some(authorization) = &sender.authorization {
        derived.push(("Authorization".to_owned(), authorization.clone()));
    }
    if let Some((_, Some(kind))) = &shape.body {
        derived.push(("Content-Type".to_owned(), (*kind).to_owned()));
    }
    if let Kind::Http(HttpStep {
        session: Some(owner), ..
    }) = &step.kind
    {
        derived.extend(of_session(owner, step, fill).await?);
    }
    derived.extend(super::send::standing(fill.world));
    let has_body = shape.body.is_some();
    let outgoing = Outgoing {
        method: shape
            .method
            .unwrap_or_else(|| if has_body { "POST" } else { "GET" }.to_owned()),
        url: shape.url,
        target: shape.target,
        headers: Written::of(&step.headers, fill)?.over(&derived),
        body: shape.body.map(|(bytes, _)| bytes).unwrap_or_default(),
        read,
        redirects,
    };
    let exchange = send(outgoing, step, fill).await?;
    let mut single = evidence(exchange, Vec::new(), None, &sender, fill);
    single.sent_ids = shape.sent_ids;
    single.gives = shape.gives;
    Ok(single)
}

/// The headers that make a plain request part of a principal's open session, without that principal's credential.
async fn of_session(owner: &Template, step: &Step, fill: Fill<'_>) -> Result<Vec<(String, String)>, Problem> {
    let revision = fill.world.parts.revision;
    if revision.is_stateless() || revision.is_http_sse() {
        return Ok(Vec::new());
    }
    let opener = super::send::sender_named(&fill.text(owner)?, fill).await?;
    let endpoint = fill.world.target().mcp.clone();
    match open(&endpoint, &opener, &Written::default(), step, fill).await? {
        Opened::Session(held, _) => Ok(mcp::headers_for(Some(&held.session))
            .into_iter()
            .filter(|(name, _)| name.to_ascii_lowercase().starts_with("mcp-"))
            .collect()),
        // Without a session the request goes out as it is; the controls of the case tell what is wrong.
        Opened::Refused(..) => Ok(Vec::new()),
    }
}

fn written_out(http: &HttpStep, fill: Fill<'_>) -> Result<Shape, Problem> {
    let base = &fill.world.target().mcp;
    let written = match &http.url {
        Some(template) => fill.text(template)?,
        None => base.to_string(),
    };
    let (url, target) = locate(base, &written)?;
    Ok(Shape {
        method: None,
        url,
        target,
        body: body(http, fill)?,
        headers: Vec::new(),
        sent_ids: Vec::new(),
        gives: BTreeMap::new(),
    })
}

/// The URL, and the request target as written when a URL library would tidy it (`//mcp`, `/a/../b`, `/%6dcp`).
fn locate(base: &Url, written: &str) -> Result<(Url, Option<String>), Problem> {
    let unusable =
        |error: &dyn std::fmt::Display| Problem::Unusable(format!("`{written}` is no URL: {error}"));
    if written.starts_with('/') {
        let mut url = base.clone();
        url.set_query(None);
        url.set_path(written);
        let plain = url.path() == written;
        return Ok((url, (!plain).then(|| written.to_owned())));
    }
    let url = Url::parse(written).map_err(|error| unusable(&error))?;
    let authority = url.origin().ascii_serialization();
    let rest = written
        .strip_prefix(&authority)
        .filter(|rest| rest.starts_with('/'));
    let tidied = rest.is_some_and(|rest| {
        let path = rest.split(['?', '#']).next().unwrap_or_default();
        path != url.path()
    });
    Ok((url, rest.filter(|_| tidied).map(str::to_owned)))
}

fn body(http: &HttpStep, fill: Fill<'_>) -> Result<Option<(Bytes, Option<&'static str>)>, Problem> {
    if let Some(data) = &http.json {
        let json: Json = fill.data(data)?.to_json();
        return Ok(Some((json.to_string().into(), Some("application/json"))));
    }
    if !http.form.is_empty() {
        return Ok(Some((
            form(&http.form, fill)?,
            Some("application/x-www-form-urlencoded"),
        )));
    }
    match &http.body {
        Some(template) => Ok(Some((fill.text(template)?.into(), None))),
        None => Ok(None),
    }
}

fn of_probe(name: &str, http: &HttpStep, fill: Fill<'_>) -> Result<Shape, Problem> {
    let target = fill.world.target();
    let probe = declared_probe(target, name)?;
    let Call::Http(call) = &probe.call else {
        return Err(Problem::Undeclared {
            what: format!("an HTTP probe `{name}`"),
            unlock: format!("probes: {{ {name}: {{ http: {{ url: /… }} }} }}"),
        });
    };
    let inputs = super::fill::inputs(probe.takes(), &http.with, http.aim.as_ref(), fill)?;
    let sent_ids = inputs.values().filter_map(crate::expect::Value::text).collect();
    let scope = Scope::inside(inputs);
    let gives = probe.gives.iter();
    Ok(Shape {
        sent_ids,
        gives: gives
            .map(|(name, path)| (name.clone(), path.value.clone()))
            .collect(),
        ..of_call(call, Fill::new(fill.world, &scope))?
    })
}

/// What a call of the target file sends, its inputs being in scope.
pub(super) fn of_call(call: &HttpCall, inner: Fill<'_>) -> Result<Shape, Problem> {
    let target = inner.world.target();
    let base = target.api.as_ref().unwrap_or(&target.mcp);
    let written = inner.text(&call.url)?;
    let (url, exact) = if written.starts_with('/') {
        below(base, &written)?
    } else {
        locate(base, &written)?
    };
    let content = match &call.content {
        HttpContent::Empty => None,
        HttpContent::Json(data) => Some((
            Bytes::from(inner.data(data)?.to_json().to_string()),
            Some("application/json"),
        )),
        HttpContent::Form(members) => {
            Some((form(members, inner)?, Some("application/x-www-form-urlencoded")))
        }
        HttpContent::Body(template) => Some((inner.text(template)?.into(), None)),
    };
    let mut headers = Vec::new();
    for (field, value) in &call.headers {
        if let HeaderValue::One(template) = value {
            headers.push((field.value.clone(), inner.text(template)?));
        }
    }
    let method = call
        .method
        .as_ref()
        .map(|template| inner.text(template))
        .transpose()?;
    Ok(Shape {
        method,
        url: with_query(url, &call.query, inner)?,
        target: exact,
        body: content,
        headers,
        sent_ids: Vec::new(),
        gives: BTreeMap::new(),
    })
}

fn form(members: &[(Spanned<String>, Data)], fill: Fill<'_>) -> Result<Bytes, Problem> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, data) in members {
        if let Some(text) = fill.data(data)?.text() {
            form.append_pair(&name.value, &text);
        }
    }
    Ok(form.finish().into())
}

/// A path below the API's base path.
fn below(base: &Url, written: &str) -> Result<(Url, Option<String>), Problem> {
    let text = format!("{}{written}", base.as_str().trim_end_matches('/'));
    let url = Url::parse(&text).map_err(|error| Problem::Unusable(format!("`{text}` is no URL: {error}")))?;
    Ok((url, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_paths_are_sent_as_written() {
        let base = Url::parse("http://127.0.0.1:8000/mcp").unwrap();
        for (written, target) in [
            ("/mcp", None),
            ("//mcp", None),
            ("/mcp/../mcp", Some("/mcp/../mcp")),
            ("/%6dcp", None),
            ("http://127.0.0.1:8000/a/../mcp", Some("/a/../mcp")),
        ] {
            let (_, found) = locate(&base, written).unwrap();
            assert_eq!(found.as_deref(), target, "{written}");
        }
    }
}
