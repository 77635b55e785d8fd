//! Signs and checks webhooks for others to compare with: a line of JSON in, a line out.
//!
//! In: `{ "do": "sign" | "verify", "scheme", "secret", "id", "timestamp", "body" (Base64), "headers" (to verify) }`.
//! Out: `{ "headers": { … } }` or `{ "valid": true | false }`.

use std::io::{BufRead as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallmark::webhook::{Key, Message, Scheme, check, entry, headers};
use serde_json::{Value, json};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?).map_err(std::io::Error::other)?;
        let said = answer(&asked).ok_or_else(|| std::io::Error::other("a line that cannot be answered"))?;
        writeln!(out, "{said}")?;
    }
    Ok(())
}

fn answer(asked: &Value) -> Option<Value> {
    let text = |name: &str| asked.get(name).and_then(Value::as_str);
    let scheme = Scheme::named(text("scheme")?)?;
    let key = Key::read(text("secret")?, &scheme).ok()?;
    let body = STANDARD.decode(text("body")?).ok()?;
    if text("do") == Some("sign") {
        let message = Message {
            id: text("id")?,
            timestamp: text("timestamp")?,
            body: &body,
        };
        let label = scheme.first_label().to_owned();
        let value = entry(&scheme, scheme.digest(&label)?, &key, &message)?;
        let made = headers(&scheme, message.id, message.timestamp, &[(label, value)]);
        let made: serde_json::Map<String, Value> = made
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect();
        return Some(json!({ "headers": made }));
    }
    let sent: Vec<(String, Vec<u8>)> = asked
        .get("headers")?
        .as_object()?
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.as_bytes().to_vec())))
        .collect();
    let checked = check(&scheme, &[key], &sent, &body, 0);
    Some(json!({ "valid": checked.valid }))
}
