//! Turns what a step says about sending into a request, and what came back into evidence.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use url::Url;

use super::oauth::token_of;
use super::{Fill, Problem, World};
use crate::expect::{Content, Outcome, Single, Trace, Value};
use crate::mcp::Answer;
use crate::scenario::model::{HeaderValue, Headers, Over, Step, Who};
use crate::target::NOBODY;
use crate::wire::{Exchange, HeaderLine, HttpVersion, Read, Request, WireError};

/// Budget of one exchange where nothing else is said.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// Who sends, and with what.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    /// Principal name, `nobody`, or `token`.
    pub name: String,
    /// `Authorization` value to derive, if any.
    pub authorization: Option<String>,
    /// What its client declares that it can do; nothing where it says nothing.
    pub able: Option<serde_json::Value>,
}

/// The step's principal, else `nobody` where there is none.
pub(super) async fn sender(who: Option<&Who>, fill: Fill<'_>) -> Result<Sender, Problem> {
    match who {
        None => {
            let first = fill.world.target().target.first_principal().unwrap_or(NOBODY);
            principal(first, fill).await
        }
        Some(Who::Principal(template)) => principal(&fill.text(template)?, fill).await,
        Some(Who::Token(template)) => {
            let value = fill.template(template)?;
            let token = value
                .text()
                .ok_or_else(|| Problem::Unusable("the token is no text".to_owned()))?;
            fill.world.scrubber().learn("token", &token);
            Ok(Sender {
                name: "a given token".to_owned(),
                authorization: Some(format!("Bearer {token}")),
                able: None,
            })
        }
    }
}

/// A principal by name.
pub(super) async fn sender_named(name: &str, fill: Fill<'_>) -> Result<Sender, Problem> {
    principal(name, fill).await
}

async fn principal(name: &str, fill: Fill<'_>) -> Result<Sender, Problem> {
    if name == NOBODY {
        return Ok(Sender {
            name: name.to_owned(),
            authorization: None,
            able: None,
        });
    }
    let undeclared = || Problem::Undeclared {
        what: format!("a principal `{name}`"),
        unlock: format!("principals: {{ {name}: {{ bearer: \"${{env.NAME}}\" }} }}"),
    };
    let principal = fill.world.target().principal(name).ok_or_else(undeclared)?;
    let token = match &principal.bearer {
        Some(token) => Some(token.clone()),
        None => Box::pin(token_of(name, fill)).await?,
    };
    let authorization = token.map(|token| format!("Bearer {}", token.expose()));
    Ok(Sender {
        name: name.to_owned(),
        authorization,
        able: None,
    })
}

/// Headers the target wants on every request.
pub(super) fn standing(world: &World) -> impl Iterator<Item = (String, String)> + '_ {
    world
        .target()
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), value.expose().to_owned()))
}

/// Header lines an author wrote, resolved.
#[derive(Debug, Clone, Default)]
pub(super) struct Written {
    /// Name → lines; none: leave the derived one out.
    pub fields: Vec<(String, Vec<String>)>,
    /// Sent verbatim.
    pub lines: Vec<Vec<u8>>,
}

impl Written {
    /// Resolves `headers:`.
    pub(super) fn of(headers: &Headers, fill: Fill<'_>) -> Result<Self, Problem> {
        let mut written = Written::default();
        match headers {
            Headers::Derived => {}
            Headers::Map(fields) => {
                for (name, value) in fields {
                    let templates = match value {
                        HeaderValue::One(template) => std::slice::from_ref(template),
                        HeaderValue::Many(templates) => templates.as_slice(),
                    };
                    let values = templates
                        .iter()
                        .map(|template| fill.template(template))
                        .collect::<Result<Vec<_>, _>>()?;
                    written.add(&name.value, &values);
                }
            }
            Headers::Lines(lines) => {
                for line in lines {
                    written.lines.push(latin1(&fill.text(line)?)?);
                }
            }
            Headers::Reference(template) => written.adopt(&fill.template(template)?)?,
        }
        Ok(written)
    }

    fn add(&mut self, name: &str, values: &[Value]) {
        let lines = values.iter().flat_map(lines_of).collect();
        self.fields.push((name.to_owned(), lines));
    }

    /// A map given by reference (`headers: "${case.headers}"`).
    fn adopt(&mut self, value: &Value) -> Result<(), Problem> {
        match &value.content {
            Content::Omit => Ok(()),
            Content::Json(serde_json::Value::Object(object)) => {
                for (name, json) in object {
                    self.add(name, &[Value::json(json.clone())]);
                }
                Ok(())
            }
            Content::Json(serde_json::Value::Array(lines)) => {
                for line in lines {
                    let text = line
                        .as_str()
                        .ok_or_else(|| Problem::Unusable("a header line is no text".to_owned()))?;
                    self.lines.push(latin1(text)?);
                }
                Ok(())
            }
            _ => Err(Problem::Unusable(
                "`headers` is neither a map nor a list of lines".to_owned(),
            )),
        }
    }

    fn names(&self, name: &str) -> bool {
        let verbatim = |line: &Vec<u8>| {
            let field = line.split(|b| *b == b':').next().unwrap_or_default();
            String::from_utf8_lossy(field).trim().eq_ignore_ascii_case(name)
        };
        self.fields
            .iter()
            .any(|(field, _)| field.eq_ignore_ascii_case(name))
            || self.lines.iter().any(verbatim)
    }

    /// Derived headers, overruled by what was written.
    pub(super) fn over(&self, derived: &[(String, String)]) -> Vec<HeaderLine> {
        let mut lines: Vec<HeaderLine> = derived
            .iter()
            .filter(|(name, _)| !self.names(name))
            .map(|(name, value)| HeaderLine::Field(name.clone(), value.clone().into_bytes()))
            .collect();
        for (name, values) in &self.fields {
            for value in values {
                lines.push(HeaderLine::Field(name.clone(), field_bytes(value)));
            }
        }
        lines.extend(self.lines.iter().cloned().map(HeaderLine::Verbatim));
        lines
    }

    /// Only the part that belongs to the credential and the caller, not to one protocol message: what also applies
    /// when a session is opened for this step.
    pub(super) fn without_protocol(&self) -> Self {
        let protocol = |name: &str| {
            let name = name.to_ascii_lowercase();
            name.starts_with("mcp-")
                || ["accept", "content-type", "last-event-id", "content-length"].contains(&name.as_str())
        };
        Self {
            fields: self
                .fields
                .iter()
                .filter(|(name, _)| !protocol(name))
                .cloned()
                .collect(),
            lines: self.lines.clone(),
        }
    }

    /// Tells two credentials apart in the session table.
    pub(super) fn key(&self) -> String {
        format!("{:?}{:?}", self.fields, self.lines)
    }
}

fn lines_of(value: &Value) -> Vec<String> {
    match &value.content {
        Content::Omit => Vec::new(),
        Content::Json(serde_json::Value::Array(items)) => items
            .iter()
            .filter_map(|item| Value::json(item.clone()).text())
            .collect(),
        _ => value.text().into_iter().collect(),
    }
}

/// A field value as written: UTF-8, except that text made only of U+0000–U+00FF with control or C1 characters is
/// sent as those bytes (`"\xff"` means the byte 255).
fn field_bytes(value: &str) -> Vec<u8> {
    let raw = value.chars().all(|c| u32::from(c) < 256)
        && value.chars().any(|c| u32::from(c) >= 128 || c.is_control());
    if raw {
        value
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
            .collect()
    } else {
        value.as_bytes().to_vec()
    }
}

/// Each character U+0000–U+00FF as that byte.
pub(super) fn latin1(text: &str) -> Result<Vec<u8>, Problem> {
    text.chars()
        .map(|c| {
            u8::try_from(u32::from(c))
                .map_err(|_| Problem::Unusable(format!("U+{:04X} cannot be sent as a byte", u32::from(c))))
        })
        .collect()
}

/// A request in the making.
pub(super) struct Outgoing {
    pub method: String,
    pub url: Url,
    pub target: Option<String>,
    pub headers: Vec<HeaderLine>,
    pub body: Bytes,
    pub read: Read,
    pub redirects: u8,
}

/// Sends on the named connection, else through the pool.
pub(super) async fn send(outgoing: Outgoing, step: &Step, fill: Fill<'_>) -> Result<Exchange, Problem> {
    let left = fill.world.deadline().saturating_duration_since(Instant::now());
    let request = Request {
        method: outgoing.method,
        url: outgoing.url,
        target: outgoing.target,
        headers: outgoing.headers,
        body: outgoing.body,
        timeout: step
            .timeout
            .unwrap_or_else(|| fill.world.target().target.timeouts.exchange.unwrap_or(PATIENCE))
            .min(left),
        redirects: outgoing.redirects,
        read: outgoing.read,
    };
    fill.world.count_request();
    match &step.over {
        Some(over) => {
            let connection = fill.world.connection(&over.id.value, version(over, fill)?);
            match connection.send(&request).await {
                Exchange {
                    response: Err(WireError::HttpVersionUnsupported { wanted, .. }),
                    ..
                } => Err(Problem::NotSpoken(format!("the server does not speak {wanted}"))),
                exchange => Ok(exchange),
            }
        }
        None => Ok(fill.world.parts.wire.send(&request).await),
    }
}

fn version(over: &Over, fill: Fill<'_>) -> Result<HttpVersion, Problem> {
    match &over.http {
        None => Ok(HttpVersion::H1),
        Some(template) => match fill.text(template)?.as_str() {
            "h1" => Ok(HttpVersion::H1),
            "h2" => Ok(HttpVersion::H2),
            other => Err(Problem::Unusable(format!(
                "`{other}` is no HTTP version; h1 or h2"
            ))),
        },
    }
}

/// What an exchange leaves behind.
pub(super) fn evidence(
    exchange: Exchange,
    before: Vec<Exchange>,
    answer: Option<Answer>,
    sender: &Sender,
    fill: Fill<'_>,
) -> Single {
    let mut canaries: Vec<String> = before
        .iter()
        .chain(std::iter::once(&exchange))
        .flat_map(|one| one.marks.iter().cloned())
        .collect();
    canaries.sort();
    canaries.dedup();
    let known: Vec<Vec<String>> = before
        .iter()
        .chain(std::iter::once(&exchange))
        .filter_map(|one| fill.world.scan().strangers(one))
        .collect();
    let strangers = (!known.is_empty()).then(|| known.concat());
    let start = before
        .first()
        .map_or(exchange.timing.start, |first| first.timing.start);
    Single {
        outcome: Outcome::of(&exchange, answer.as_ref()),
        span: (start, exchange.timing.end),
        exchange: Some(exchange),
        before,
        answer,
        canaries,
        strangers,
        gives: BTreeMap::new(),
        sent_ids: Vec::new(),
        executed: None,
        trace: Trace::default(),
        passed: fill.world.passed(),
        sender: sender.name.clone(),
        live: None,
    }
}

/// Adds query members to a URL.
pub(super) fn with_query(
    mut url: Url,
    members: &[(
        crate::scenario::model::Spanned<String>,
        crate::scenario::model::Data,
    )],
    fill: Fill<'_>,
) -> Result<Url, Problem> {
    for (name, data) in members {
        let value = fill.data(data)?;
        if let Some(text) = value.text() {
            url.query_pairs_mut().append_pair(&name.value, &text);
        }
    }
    Ok(url)
}
