//! A request prepared once and patched for each call.

use std::fmt;
use std::ops::Range;

use serde_json::{Map, Value};

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

/// What a template sends as its body.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// A JSON-RPC request; its `id` is patched for each call.
    Rpc(Map<String, Value>),
    /// These bytes each time, or none.
    Plain(Vec<u8>),
}

/// What answers a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// A JSON-RPC message with the id of the request.
    Rpc,
    /// A status of success; the body is anything.
    Status,
    /// No request of ours: [`super::Acts`] carries it out.
    Act {
        /// Place of the operation in the plan.
        operation: usize,
        /// Place of the caller.
        caller: usize,
    },
}

/// What is the same in all calls of an operation by one caller.
#[derive(Clone)]
pub struct Template {
    method: String,
    path: String,
    fields: Lines,
    /// Request line and header fields, without the empty line.
    head: Vec<u8>,
    /// Empty line and body.
    tail: Vec<u8>,
    /// Where in the tail the digits of the id stand.
    id: Option<Range<usize>>,
    expected: Expected,
    /// It carries a credential of its own.
    alone: bool,
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
    /// A request; `fields` are those that are sent beside `Host`, `Content-Length` and what is the caller's own.
    pub fn new(target: &Target, method: &str, fields: &Lines, body: Body) -> Result<Self, TemplateError> {
        let unfit = |b: u8| b <= b' ' || b == 0x7f;
        if target.path.bytes().any(unfit) || method.is_empty() || method.bytes().any(unfit) {
            return Err(TemplateError::Path);
        }
        let mut tail = b"\r\n".to_vec();
        let (id, expected) = match body {
            Body::Rpc(members) => (Some(put_rpc(&mut tail, &members)), Expected::Rpc),
            Body::Plain(bytes) => {
                tail.extend_from_slice(&bytes);
                (None, Expected::Status)
            }
        };
        let mut head = format!("{method} {} HTTP/1.1\r\n", target.path).into_bytes();
        put(&mut head, "Host", target.authority.as_bytes())?;
        if tail.len() > 2 || !matches!(method, "GET" | "HEAD" | "DELETE") {
            let length = (tail.len() - 2).to_string();
            put(&mut head, "Content-Length", length.as_bytes())?;
        }
        head.extend_from_slice(fields.bytes());
        Ok(Self {
            method: method.to_owned(),
            path: target.path.clone(),
            fields: fields.clone(),
            head,
            tail,
            id,
            expected,
            alone: false,
        })
    }

    /// Whether the caller's own fields are left out: what is sent holds a credential already.
    pub fn alone(&mut self, alone: bool) {
        self.alone = alone;
    }

    /// Whether it carries a credential of its own.
    pub fn is_alone(&self) -> bool {
        self.alone
    }

    /// What is carried out by an act instead of a request.
    pub fn act(operation: usize, caller: usize) -> Self {
        Self {
            method: String::new(),
            path: String::new(),
            fields: Lines::default(),
            head: Vec::new(),
            tail: b"\r\n".to_vec(),
            id: None,
            expected: Expected::Act { operation, caller },
            alone: false,
        }
    }

    /// Method.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Path and query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Fields that all callers share.
    pub fn fields(&self) -> &Lines {
        &self.fields
    }

    /// What answers it.
    pub fn expected(&self) -> Expected {
        self.expected
    }

    /// Writes the bytes of call `number` into `out`, in place of what it held.
    pub fn render(&self, lines: &Lines, number: u64, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(&self.head);
        if !self.alone {
            out.extend_from_slice(lines.bytes());
        }
        let tail = out.len();
        out.extend_from_slice(&self.tail);
        if let Some(id) = &self.id {
            patch(&mut out[tail + id.start..tail + id.end], FIRST_ID + number);
        }
    }

    /// The body of call `number`.
    pub fn body(&self, number: u64) -> Vec<u8> {
        let mut body = self.tail.clone();
        if let Some(id) = &self.id {
            patch(&mut body[id.clone()], FIRST_ID + number);
        }
        body.split_off(2)
    }
}

/// Appends a request with the members that were given; where its id stands. The order of members means nothing (RFC
/// 8259 §4), so the id comes where its place is known.
fn put_rpc(tail: &mut Vec<u8>, members: &Map<String, Value>) -> Range<usize> {
    tail.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
    let id = tail.len()..tail.len() + DIGITS;
    tail.extend_from_slice(FIRST_ID.to_string().as_bytes());
    for (name, value) in members {
        if name != "jsonrpc" && name != "id" {
            tail.extend_from_slice(format!(",{}:{value}", Value::from(name.as_str())).as_bytes());
        }
    }
    tail.push(b'}');
    id
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
        let mut members = Map::from_iter([("method".to_owned(), json!("tools/call"))]);
        members.extend(params.map(|params| ("params".to_owned(), params.clone())));
        Template::new(&target, "POST", &fields, Body::Rpc(members)).unwrap()
    }

    #[test]
    fn the_bytes() {
        let lines = Lines::new([("Authorization", "Bearer abc")]).unwrap();
        let mut out = b"what was there before".to_vec();
        template(Some(&json!({ "name": "read" }))).render(&lines, 42, &mut out);
        let wanted = "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Length: 83\r\n\
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
            let made = Template::new(&target, "GET", &Lines::default(), Body::Plain(Vec::new()));
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
