//! The challenge of MCP Events (SEP-3415): what an inbox that stands for a client's endpoint answers it, rightly or in
//! one way wrongly.

use std::sync::{Arc, OnceLock};

use serde_json::{Value as Json, json};

use crate::scenario::model::ChallengeAnswer;
use crate::step::{Fill, Problem};
use crate::wire::{Answer, Answering};

/// The sort of everything that is no control envelope.
const EVENT: &str = "event";
/// The sort of delivery that asks whether an endpoint wants to hear.
const VERIFICATION: &str = "verification";

/// Of which sort a body is: its top-level `type`, where that is one of the control envelopes.
pub(super) fn sort(body: &[u8]) -> &'static str {
    let json: Option<Json> = serde_json::from_slice(body).ok();
    match json.as_ref().and_then(|json| json["type"].as_str()) {
        Some(VERIFICATION) => VERIFICATION,
        Some("gap") => "gap",
        Some("terminated") => "terminated",
        _ => EVENT,
    }
}

/// Answers challenges at that path, and leaves everything else alone.
pub(super) fn answering(written: &ChallengeAnswer, path: &str, fill: Fill<'_>) -> Result<Answering, Problem> {
    let status = match &written.status {
        Some(status) => crate::step::serve::status(&fill.text(status)?)?,
        None => 200,
    };
    let mut headers = Vec::new();
    for (name, data) in &written.headers {
        if let Some(text) = fill.data(data)?.text() {
            headers.push((name.value.clone(), text));
        }
    }
    let body = written.body.as_ref().map(|body| fill.text(body)).transpose()?;
    let (echo, path, first) = (fill.text(&written.echo)?, path.to_owned(), OnceLock::new());
    Ok(Arc::new(move |sent| {
        let asked = sent.line.split(' ').nth(1).unwrap_or("/");
        let here = asked.split('?').next() == Some(&path);
        if !here || sort(&sent.body) != VERIFICATION {
            return None;
        }
        let json: Json = serde_json::from_slice(&sent.body).ok()?;
        let nonce = json["challenge"].as_str()?;
        let earlier = first.get_or_init(|| nonce.to_owned());
        let (header, echoed) = echoed(&echo, nonce, earlier);
        let mut headers = headers.clone();
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        headers.extend(header.map(|nonce| ("X-Challenge".to_owned(), nonce)));
        Some(Answer {
            status,
            headers,
            body: body.clone().unwrap_or(echoed).into(),
            ..Answer::default()
        })
    }))
}

/// A header and a body, by a word of `ECHOES`.
fn echoed(echo: &str, nonce: &str, earlier: &str) -> (Option<String>, String) {
    let said = |nonce: &str| json!({ "challenge": nonce }).to_string();
    let half = nonce.chars().take(nonce.chars().count() / 2).collect::<String>();
    match echo {
        "half" => (None, said(&half)),
        "longer" => (None, said(&format!("{nonce}0"))),
        "earlier" => (None, said(earlier)),
        "header" => (Some(nonce.to_owned()), String::new()),
        "text" => (None, nonce.to_owned()),
        "nothing" => (None, String::new()),
        _ => (None, said(nonce)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_sends_something_else_back() {
        let bodies: Vec<String> = crate::scenario::decode::tables::ECHOES
            .iter()
            .map(|echo| format!("{:?}", echoed(echo, "abcd", "wxyz")))
            .collect();
        let unlike: std::collections::BTreeSet<&String> = bodies.iter().collect();
        assert_eq!(unlike.len(), bodies.len(), "{bodies:?}");
        assert_eq!(echoed("whole", "abcd", "").1, r#"{"challenge":"abcd"}"#);
    }

    #[test]
    fn only_control_envelopes_have_a_type_that_counts() {
        for (body, expected) in [
            (r#"{"type":"verification","challenge":"x"}"#, VERIFICATION),
            (r#"{"type":"terminated","error":{}}"#, "terminated"),
            (r#"{"type":"gap","cursor":null}"#, "gap"),
            (r#"{"type":"event","eventId":"1"}"#, EVENT),
            (r#"{"eventId":"1"}"#, EVENT),
            ("no JSON", EVENT),
        ] {
            assert_eq!(sort(body.as_bytes()), expected, "{body}");
        }
    }
}
