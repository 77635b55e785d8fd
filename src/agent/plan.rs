//! A plan with the values of its references: which requests, and what becomes of them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value as Json};

use super::due::{Line, date};
use crate::expect::parse_duration;
use crate::scenario::model::{Data, DoStep, PlanEntry, PlanReply};
use crate::step::{Fill, Problem, Wanted};
use crate::wire::{Alter, Answer, Response, Sent};

/// An entry of a plan.
pub(super) struct Entry {
    pub(super) id: Option<String>,
    pub(super) wanted: Wanted,
    pub(super) nth: Option<(u64, u64)>,
    pub(super) after: Option<String>,
    pub(super) reply: Option<Reply>,
    pub(super) change: Option<Reply>,
    pub(super) delay: Duration,
    pub(super) drop: Option<Drop>,
    pub(super) half: bool,
    pub(super) acts: Vec<DoStep>,
    pub(super) moment: Moment,
    /// Seconds.
    pub(super) skew: Option<i64>,
}

/// Where a connection ends without a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drop {
    Before,
    After,
}

/// When acts happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    Arrival,
    Effect,
    Reply,
}

/// A reply, or what of one is changed.
#[derive(Debug, Clone, Default)]
pub(super) struct Reply {
    pub(super) status: Option<u16>,
    /// Name and lines; no lines: the header is removed.
    pub(super) headers: Vec<(String, Vec<Line>)>,
    pub(super) json: Option<Json>,
    /// Members that are removed from a JSON body.
    pub(super) without: Vec<String>,
    pub(super) body: Option<String>,
}

impl Entry {
    pub(super) fn of(entry: &PlanEntry, trap: &str, fill: Fill<'_>) -> Result<Self, Problem> {
        let redirect = match &entry.redirect {
            Some(redirect) => {
                let to = fill.text(&redirect.to)?;
                let to = if to == "trap" { format!("{trap}/trap") } else { to };
                let status = match &redirect.status {
                    Some(status) => number(&fill.text(status)?)?,
                    None => 307,
                };
                Some(Reply {
                    status: Some(status),
                    headers: vec![("Location".to_owned(), vec![Line::Text(to)])],
                    ..Reply::default()
                })
            }
            None => None,
        };
        let part = |reply: &Option<PlanReply>| {
            let made = reply.as_ref().map(|reply| self::reply(reply, fill));
            made.transpose()
        };
        let delay = entry.delay.as_ref().map(|delay| fill.time(delay)).transpose()?;
        Ok(Self {
            id: entry.id.as_ref().map(|id| id.value.clone()),
            wanted: Wanted::of(&entry.when.traits, fill)?,
            nth: entry.when.nth,
            after: entry.when.after.as_ref().map(|id| id.value.clone()),
            reply: part(&entry.reply)?.or(redirect),
            change: part(&entry.change)?,
            delay: delay.unwrap_or_default(),
            drop: entry.drop.as_ref().map(|word| match word.value.as_str() {
                "before" => Drop::Before,
                _ => Drop::After,
            }),
            half: entry.half,
            acts: entry.acts.clone(),
            moment: match entry.moment.as_ref().map(|word| word.value.as_str()) {
                Some("effect") => Moment::Effect,
                Some("reply") => Moment::Reply,
                _ => Moment::Arrival,
            },
            skew: entry
                .skew
                .as_ref()
                .map(|text| skew(&fill.text(text)?))
                .transpose()?,
        })
    }

    /// The change of a reply that this entry makes, if it makes one.
    pub(super) fn alters(&self) -> bool {
        self.change.is_some() || self.skew.is_some()
    }
}

fn number(text: &str) -> Result<u16, Problem> {
    let status = text.parse().ok().filter(|status| (200..600).contains(status));
    status.ok_or_else(|| Problem::Unusable(format!("`{text}` is no status")))
}

/// `10m`, `-10m`.
fn skew(text: &str) -> Result<i64, Problem> {
    let (sign, span) = match text.strip_prefix('-') {
        Some(span) => (-1, span),
        None => (1, text),
    };
    let seconds = parse_duration(span).and_then(|span| i64::try_from(span.as_secs()).ok());
    let unusable = || Problem::Unusable(format!("`date-skew: {text}` is no time span"));
    Ok(sign * seconds.ok_or_else(unusable)?)
}

fn reply(reply: &PlanReply, fill: Fill<'_>) -> Result<Reply, Problem> {
    let status = reply
        .status
        .as_ref()
        .map(|status| fill.text(status))
        .transpose()?;
    let mut headers = Vec::new();
    for (name, data) in &reply.headers {
        let lines = match data {
            Data::List(items, _) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        let lines = lines.iter().map(|line| Line::of(line, fill));
        let lines = lines.collect::<Result<Vec<_>, _>>()?;
        headers.push((name.value.clone(), lines.into_iter().flatten().collect()));
    }
    let (json, without) = match &reply.json {
        Some(Data::Map(members, _)) => {
            let (mut kept, mut without) = (Map::new(), Vec::new());
            for (name, data) in members {
                let value = fill.data(data)?;
                if value.is_omit() {
                    without.push(name.value.clone());
                } else {
                    kept.insert(name.value.clone(), value.to_json());
                }
            }
            (Some(Json::Object(kept)), without)
        }
        Some(other) => (Some(fill.data(other)?.to_json()), Vec::new()),
        None => (None, Vec::new()),
    };
    Ok(Reply {
        status: status.map(|status| number(&status)).transpose()?,
        headers,
        json,
        without,
        body: reply.body.as_ref().map(|body| fill.text(body)).transpose()?,
    })
}

impl Reply {
    /// As the whole answer to a request. A JSON-RPC message without an id is one to that request.
    pub(super) fn answer(&self, sent: &Sent, skew: i64) -> Answer {
        let mut headers: Vec<(String, String)> = self
            .headers
            .iter()
            .flat_map(|(name, lines)| lines.iter().map(|line| (name.clone(), line.written(skew))))
            .collect();
        let has = |headers: &[(String, String)], wanted: &str| {
            headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted))
        };
        let body = match (&self.json, &self.body) {
            (Some(json), _) => {
                if !has(&headers, "content-type") {
                    headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
                }
                addressed(json, sent).to_string()
            }
            (None, Some(body)) => body.clone(),
            (None, None) => String::new(),
        };
        let named = self
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("date"));
        if !named {
            headers.push(("Date".to_owned(), date(skew)));
        }
        Answer {
            status: self.status.unwrap_or(200),
            headers,
            body: body.into(),
            after: Duration::ZERO,
        }
    }

    /// As a change of the server's reply.
    fn apply(&self, mut reply: Response, skew: i64) -> Response {
        if let Some(status) = self.status {
            reply.status = status;
            reply.reason = String::new();
        }
        for (name, lines) in &self.headers {
            reply
                .headers
                .retain(|(found, _)| !found.eq_ignore_ascii_case(name));
            let lines = lines
                .iter()
                .map(|line| (name.clone(), line.written(skew).into_bytes()));
            reply.headers.extend(lines);
        }
        if let Some(body) = &self.body {
            reply.body = Bytes::from(body.clone());
        } else if self.json.is_some() || !self.without.is_empty() {
            reply.body = merged(&reply.body, self.json.as_ref(), &self.without).into();
        }
        reply
    }
}

/// A JSON-RPC message with the id of the request that it answers.
fn addressed(json: &Json, sent: &Sent) -> Json {
    let mut json = json.clone();
    if let Json::Object(members) = &mut json
        && members.contains_key("jsonrpc")
        && !members.contains_key("id")
    {
        let asked: Option<Json> = serde_json::from_slice(&sent.body).ok();
        let id = asked.and_then(|asked| asked.get("id").cloned());
        members.insert("id".to_owned(), id.unwrap_or_default());
    }
    json
}

/// The result of a tool that is not there.
pub(super) fn said(sent: &Sent) -> Answer {
    let result = serde_json::json!({
        "jsonrpc": "2.0",
        "result": { "content": [{ "type": "text", "text": "done" }], "isError": false },
    });
    let reply = Reply {
        json: Some(result),
        ..Reply::default()
    };
    reply.answer(sent, 0)
}

/// A JSON object with some members set and others removed; anything else is replaced.
fn merged(body: &[u8], set: Option<&Json>, without: &[String]) -> String {
    match (serde_json::from_slice::<Json>(body), set) {
        (Ok(Json::Object(mut members)), set) if set.is_none_or(Json::is_object) => {
            for (name, value) in set.and_then(Json::as_object).into_iter().flatten() {
                members.insert(name.clone(), value.clone());
            }
            for name in without {
                members.shift_remove(name);
            }
            Json::Object(members).to_string()
        }
        (_, Some(set)) => set.to_string(),
        (_, None) => String::from_utf8_lossy(body).into_owned(),
    }
}

/// All changes of some entries, in their order.
pub(super) fn alter(changes: Vec<Reply>, skew: Option<i64>) -> Option<Alter> {
    if changes.is_empty() && skew.is_none() {
        return None;
    }
    Some(Arc::new(move |reply| {
        let mut reply = changes.iter().fold(reply, |reply, change| {
            change.apply(reply, skew.unwrap_or_default())
        });
        if let Some(skew) = skew {
            reply
                .headers
                .retain(|(name, _)| !name.eq_ignore_ascii_case("date"));
            reply.headers.push(("Date".to_owned(), date(skew).into_bytes()));
        }
        reply
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_set_and_removed() {
        let body = br#"{"access_token":"a","refresh_token":"r","expires_in":60}"#;
        let set = json!({ "expires_in": "60" });
        let changed = merged(body, Some(&set), &["refresh_token".to_owned()]);
        assert_eq!(changed, r#"{"access_token":"a","expires_in":"60"}"#);
        assert_eq!(merged(b"<html>", Some(&set), &[]), r#"{"expires_in":"60"}"#);
    }

    #[test]
    fn a_message_is_addressed_to_who_asked() {
        let sent = Sent {
            method: "POST".to_owned(),
            url: String::new(),
            line: String::new(),
            headers: Vec::new(),
            body: Bytes::from_static(br#"{"jsonrpc":"2.0","id":7,"method":"tools/call"}"#),
        };
        let reply = json!({ "jsonrpc": "2.0", "error": { "code": -1 } });
        assert_eq!(addressed(&reply, &sent)["id"], 7);
        assert_eq!(
            addressed(&json!({ "error": "x" }), &sent),
            json!({ "error": "x" })
        );
    }
}
