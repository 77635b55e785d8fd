//! Is this the answer? Every one is read as a typed message: well formed as a whole, JSON-RPC 2.0, the id that was
//! asked, result or error and not both, and no tool error inside a result.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, Visitor};

use crate::load::meter::Class;

/// What a message is to the call that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Its answer, to be counted so.
    Answer(Class),
    /// A request or notification of the server, which may come before the answer in a stream.
    Aside,
    /// No message, or the answer to something else.
    Wrong(Class, &'static str),
}

#[derive(serde::Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    jsonrpc: Option<Cow<'a, str>>,
    #[serde(default)]
    id: Id,
    #[serde(borrow, default)]
    result: Option<Outcome<'a>>,
    #[serde(default)]
    error: Option<Refusal>,
    #[serde(default)]
    method: Option<IgnoredAny>,
}

/// The parts of a result that decide (MCP "Calling Tools"; 2026-07-28 "Responses").
#[derive(serde::Deserialize)]
struct Outcome<'a> {
    #[serde(rename = "isError", default)]
    is_error: Option<bool>,
    #[serde(rename = "resultType", borrow, default)]
    kind: Option<Cow<'a, str>>,
}

#[derive(serde::Deserialize)]
struct Refusal {
    #[expect(dead_code, reason = "read to know that it is a number")]
    code: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Id {
    Number(u64),
    Null,
    /// A text, or a number that is none of ours.
    Foreign,
    #[default]
    Absent,
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

struct IdVisitor;

impl Visitor<'_> for IdVisitor {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON-RPC id")
    }

    fn visit_u64<E>(self, id: u64) -> Result<Id, E> {
        Ok(Id::Number(id))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Id, E> {
        Ok(Id::Foreign)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Id, E> {
        Ok(Id::Foreign)
    }

    fn visit_str<E>(self, _: &str) -> Result<Id, E> {
        Ok(Id::Foreign)
    }

    fn visit_unit<E>(self) -> Result<Id, E> {
        Ok(Id::Null)
    }
}

/// Reads `body` as the message that should answer `id`.
pub fn verify(body: &[u8], id: u64) -> Verdict {
    let Ok(message) = serde_json::from_slice::<Message<'_>>(body) else {
        return Verdict::Wrong(Class::Malformed, "the body is no JSON-RPC message");
    };
    if message.jsonrpc.as_deref() != Some("2.0") {
        return Verdict::Wrong(Class::Malformed, "the message does not say \"jsonrpc\": \"2.0\"");
    }
    if message.method.is_some() {
        return Verdict::Aside;
    }
    match (message.id, &message.error) {
        (Id::Number(got), _) if got == id => {}
        // An error that names no request is a refusal all the same (JSON-RPC 2.0 §5).
        (Id::Null, Some(_)) => {}
        (Id::Absent, _) => return Verdict::Wrong(Class::Malformed, "the message has no id"),
        _ => return Verdict::Wrong(Class::WrongId, "the answer is to another request"),
    }
    match (message.result, message.error) {
        (Some(result), None) => of_result(&result),
        (None, Some(_)) => Verdict::Answer(Class::Rpc),
        (Some(_), Some(_)) => Verdict::Wrong(Class::Malformed, "the message has both result and error"),
        (None, None) => Verdict::Wrong(Class::Malformed, "the message has neither result nor error"),
    }
}

fn of_result(result: &Outcome<'_>) -> Verdict {
    match result.kind.as_deref() {
        None | Some("complete") => {}
        Some("input_required") => return Verdict::Answer(Class::Tool),
        Some(_) => return Verdict::Wrong(Class::Malformed, "the result is of an unknown kind"),
    }
    Verdict::Answer(if result.is_error == Some(true) {
        Class::Tool
    } else {
        Class::Ok
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OK: Verdict = Verdict::Answer(Class::Ok);

    fn wrong(body: &str) -> Option<Class> {
        match verify(body.as_bytes(), 7) {
            Verdict::Wrong(class, _) => Some(class),
            _ => None,
        }
    }

    #[test]
    fn answers() {
        let table = [
            (
                r#"{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"x"}]}}"#,
                OK,
            ),
            (
                r#" {"result":{"isError":false,"resultType":"complete"},"id":7,"jsonrpc":"2.0","x":[1]} "#,
                OK,
            ),
            (
                r#"{"jsonrpc":"2.0","id":7,"result":{"isError":true}}"#,
                Verdict::Answer(Class::Tool),
            ),
            (
                r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"input_required"}}"#,
                Verdict::Answer(Class::Tool),
            ),
            (
                r#"{"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"x"}}"#,
                Verdict::Answer(Class::Rpc),
            ),
            (
                r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}"#,
                Verdict::Answer(Class::Rpc),
            ),
            (
                r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{}}"#,
                Verdict::Aside,
            ),
            (r#"{"jsonrpc":"2.0","id":7,"method":"ping"}"#, Verdict::Aside),
        ];
        for (body, verdict) in table {
            assert_eq!(verify(body.as_bytes(), 7), verdict, "{body}");
        }
    }

    #[test]
    fn what_is_no_answer() {
        let table = [
            ("", Class::Malformed),
            ("<html>", Class::Malformed),
            (r#"{"jsonrpc":"2.0","id":7,"result":{"a":"#, Class::Malformed),
            (r#"{"jsonrpc":"2.0","id":7,"result":{}}x"#, Class::Malformed),
            (r#"{"id":7,"result":{}}"#, Class::Malformed),
            (r#"{"jsonrpc":"1.0","id":7,"result":{}}"#, Class::Malformed),
            (r#"{"jsonrpc":"2.0","result":{}}"#, Class::Malformed),
            (r#"{"jsonrpc":"2.0","id":7}"#, Class::Malformed),
            (r#"{"jsonrpc":"2.0","id":7,"result":null}"#, Class::Malformed),
            (r#"{"jsonrpc":"2.0","id":7,"result":5}"#, Class::Malformed),
            (
                r#"{"jsonrpc":"2.0","id":7,"result":{},"error":{"code":1,"message":""}}"#,
                Class::Malformed,
            ),
            (
                r#"{"jsonrpc":"2.0","id":7,"error":{"code":"x"}}"#,
                Class::Malformed,
            ),
            (
                r#"{"jsonrpc":"2.0","id":7,"result":{},"result":{}}"#,
                Class::Malformed,
            ),
            (
                r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"other"}}"#,
                Class::Malformed,
            ),
            (r#"{"jsonrpc":"2.0","id":8,"result":{}}"#, Class::WrongId),
            (r#"{"jsonrpc":"2.0","id":"7","result":{}}"#, Class::WrongId),
            (r#"{"jsonrpc":"2.0","id":-7,"result":{}}"#, Class::WrongId),
            (r#"{"jsonrpc":"2.0","id":7.0,"result":{}}"#, Class::WrongId),
            (r#"{"jsonrpc":"2.0","id":null,"result":{}}"#, Class::WrongId),
            (r#"[{"jsonrpc":"2.0","id":7,"result":{}}]"#, Class::Malformed),
        ];
        for (body, class) in table {
            assert_eq!(wrong(body), Some(class), "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(body in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_ne!(verify(&body, 7), OK);
        }

        #[test]
        fn an_answer_cut_anywhere_is_none(cut in 0_usize..54) {
            let body = r#"{"jsonrpc":"2.0","id":7,"result":{"isError":false,"a":1}}"#;
            prop_assert_eq!(wrong(&body[..cut]), Some(Class::Malformed));
        }
    }
}
