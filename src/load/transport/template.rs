//! A request prepared once and patched for each call.

use std::fmt;
use std::ops::Range;

use serde_json::Value;

use super::Lines;
use super::lines::{LinesError, put};

/// The JSON-RPC id of the first call. All ids have as many digits, so a call patches digits and moves nothing; the
/// last is far below 2^53, above which JavaScript tells numbers apart no more.
pub const FIRST_ID: u64 = 1_000_000_000_000;

const DIGITS: usize = 13;

/// Where requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Value of `Host`.
    pub authority: String,
    /// Path and query.
    pub path: String,
}

/// Why a request cannot be prepared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A field that cannot be sent.
    #[error(transparent)]
    Field(#[from] LinesError),
    /// A path with spaces or control characters.
    #[error("the path of the endpoint cannot be sent as it is")]
    Path,
}

/// What is the same in all calls of an operation.
#[derive(Clone)]
pub struct Template {
    path: String,
    fields: Lines,
    /// Request line and header fields, without the empty line.
    head: Vec<u8>,
    /// Empty line and body.
    tail: Vec<u8>,
    /// Where in the tail the digits of the id stand.
    id: Range<usize>,
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template")
            .field("path", &self.path)
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}

impl Template {
    /// A JSON-RPC request by POST, as Streamable HTTP has it ("Sending Messages to the Server"). `fields` are those
    /// that all callers share.
    pub fn call(
        target: &Target,
        fields: &Lines,
        method: &str,
        params: Option<&Value>,
    ) -> Result<Self, TemplateError> {
        if target.path.bytes().any(|b| b <= b' ' || b == 0x7f) {
            return Err(TemplateError::Path);
        }
        let mut tail = b"\r\n{\"jsonrpc\":\"2.0\",\"id\":".to_vec();
        let id = tail.len()..tail.len() + DIGITS;
        tail.extend_from_slice(FIRST_ID.to_string().as_bytes());
        tail.extend_from_slice(format!(",\"method\":{}", Value::from(method)).as_bytes());
        if let Some(params) = params {
            tail.extend_from_slice(format!(",\"params\":{params}").as_bytes());
        }
        tail.push(b'}');
        let mut head = format!("POST {} HTTP/1.1\r\n", target.path).into_bytes();
        put(&mut head, "Host", target.authority.as_bytes())?;
        put(&mut head, "Content-Type", b"application/json")?;
        put(&mut head, "Accept", b"application/json, text/event-stream")?;
        put(
            &mut head,
            "Content-Length",
            (tail.len() - 2).to_string().as_bytes(),
        )?;
        head.extend_from_slice(fields.bytes());
        Ok(Self {
            path: target.path.clone(),
            fields: fields.clone(),
            head,
            tail,
            id,
        })
    }

    /// Path and query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Fields that all callers share, beside those that every call has.
    pub fn fields(&self) -> &Lines {
        &self.fields
    }

    /// Writes the bytes of call `number` into `out`, in place of what it held.
    pub fn render(&self, lines: &Lines, number: u64, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(&self.head);
        out.extend_from_slice(lines.bytes());
        let tail = out.len();
        out.extend_from_slice(&self.tail);
        patch(
            &mut out[tail + self.id.start..tail + self.id.end],
            FIRST_ID + number,
        );
    }

    /// The body of call `number`.
    pub fn body(&self, number: u64) -> Vec<u8> {
        let mut body = self.tail.clone();
        patch(&mut body[self.id.clone()], FIRST_ID + number);
        body.split_off(2)
    }
}

/// Writes the last digits of `id`.
fn patch(digits: &mut [u8], mut id: u64) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(id % 10).unwrap_or(0);
        id /= 10;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn template(params: Option<&Value>) -> Template {
        let target = Target {
            authority: "127.0.0.1:8080".to_owned(),
            path: "/mcp".to_owned(),
        };
        let fields = Lines::new([("MCP-Protocol-Version", "2025-06-18")]).unwrap();
        Template::call(&target, &fields, "tools/call", params).unwrap()
    }

    #[test]
    fn the_bytes() {
        let lines = Lines::new([("Authorization", "Bearer abc")]).unwrap();
        let mut out = b"what was there before".to_vec();
        template(Some(&json!({ "name": "read" }))).render(&lines, 42, &mut out);
        let wanted = "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Type: application/json\r\n\
                      Accept: application/json, text/event-stream\r\nContent-Length: 83\r\n\
                      MCP-Protocol-Version: 2025-06-18\r\nAuthorization: Bearer abc\r\n\r\n\
                      {\"jsonrpc\":\"2.0\",\"id\":1000000000042,\"method\":\"tools/call\",\"params\":{\"name\":\"read\"}}";
        assert_eq!(String::from_utf8(out).unwrap(), wanted);
    }

    #[test]
    fn nothing_that_is_sent_is_shown() {
        let shown = format!("{:?}", template(Some(&json!({ "name": "read" }))));
        assert_eq!(shown, "Template { path: \"/mcp\", fields: Lines(1), .. }");
    }

    #[test]
    fn a_path_that_would_end_the_line() {
        for path in ["/a b", "/a\r\nX: y", "/a"] {
            let target = Target {
                authority: "h".to_owned(),
                path: path.to_owned(),
            };
            let made = Template::call(&target, &Lines::default(), "ping", None);
            assert_eq!(made.is_err(), path.len() > 2, "{path:?}");
        }
    }

    proptest! {
        #[test]
        fn every_body_is_the_call_it_says(number in 0_u64..8_000_000_000_000, text in ".*") {
            let template = template(Some(&json!({ "name": "read", "arguments": { "q": text } })));
            let body: Value = serde_json::from_slice(&template.body(number)).unwrap();
            prop_assert_eq!(&body["id"], &json!(FIRST_ID + number));
            prop_assert_eq!(&body["params"]["arguments"]["q"], &json!(text));
            let mut out = Vec::new();
            template.render(&Lines::default(), number, &mut out);
            prop_assert!(out.ends_with(&template.body(number)));
            let mut fields = [httparse::EMPTY_HEADER; 16];
            let mut parsed = httparse::Request::new(&mut fields);
            let head = parsed.parse(&out).unwrap().unwrap();
            let length = parsed.headers.iter().find(|f| f.name == "Content-Length").unwrap().value;
            let wanted = (out.len() - head).to_string();
            prop_assert_eq!(length, wanted.as_bytes());
        }
    }
}
