//! What a request held that came to a listener of ours.

use super::selector::Selected;
use super::{Single, Value};
use crate::scenario::model::Selector;

/// `method`, and members of `form` and `query`.
pub(super) fn select(selector: &Selector, single: &Single) -> Selected {
    let Some(exchange) = &single.exchange else {
        return Selected::Absent;
    };
    let sent = &exchange.request;
    match selector {
        Selector::Method => Selected::One(Value::json(sent.method.as_str())),
        Selector::Form(name) => member(name, &sent.body),
        Selector::Query(name) => {
            let target = sent.line.split(' ').nth(1).unwrap_or_default();
            let query = target.split_once('?').map_or("", |(_, query)| query);
            member(name, query.split('#').next().unwrap_or_default().as_bytes())
        }
        _ => Selected::Absent,
    }
}

/// The values of one name, decoded; a credential stays one.
fn member(name: &str, bytes: &[u8]) -> Selected {
    let secret = [
        "refresh_token",
        "code",
        "client_secret",
        "code_verifier",
        "access_token",
        "token",
    ];
    let values: Vec<Value> = url::form_urlencoded::parse(bytes)
        .filter(|(found, _)| found == name)
        .map(|(_, value)| Value::json(value.into_owned()).tainted(secret.contains(&name)))
        .collect();
    match values.len() {
        0 => Selected::Absent,
        1 => values.into_iter().next().map_or(Selected::Absent, Selected::One),
        _ => Selected::Many(values),
    }
}
