//! Building HTTP answers.

use std::convert::Infallible;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};

/// Every answer's body: whole or streamed.
pub(crate) type Body = UnsyncBoxBody<Bytes, Infallible>;
/// Every answer.
pub(crate) type Answer = Response<Body>;

pub(crate) fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).boxed_unsync()
}

/// An answer with a body of this media type.
pub(crate) fn typed(status: u16, media_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(whole(body));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}

pub(crate) fn json(status: u16, body: &Value) -> Answer {
    // A value of texts and numbers always serialises.
    typed(
        status,
        "application/json",
        serde_json::to_vec(body).unwrap_or_default(),
    )
}

/// An answer without a body and without a media type.
pub(crate) fn empty(status: u16) -> Answer {
    let mut answer = typed(status, "text/plain", "");
    answer.headers_mut().remove(CONTENT_TYPE);
    answer
}

/// The error envelope of the REST interface, `resource` being method and area.
pub(crate) fn failure(status: u16, code: u32, text: &str, params: Option<Value>) -> Answer {
    let mut error = json!({ "code": code, "text": text });
    if let Some(params) = params {
        error["params"] = params;
    }
    json(status, &json!({ "result": false, "error": error }))
}

/// Adds a header whose value is known to be legal; an illegal one is left out.
pub(crate) fn with(mut answer: Answer, name: &'static str, value: &str) -> Answer {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(HeaderName::from_static(name), value);
    }
    answer
}
