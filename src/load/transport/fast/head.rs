//! The head of an answer, and what it says about the body (RFC 9112 §6.3).

use std::mem::MaybeUninit;

use crate::load::meter::Class;
use crate::load::transport::Trouble;

/// How the end of the body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// So many bytes.
    Length(usize),
    /// Chunked.
    Chunked,
    /// All until the connection ends.
    Close,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Where the body begins.
    pub(super) end: usize,
    pub(super) status: u16,
    pub(super) framing: Framing,
    /// The body is an event stream.
    pub(super) events: bool,
    /// The connection stays open afterwards.
    pub(super) persists: bool,
}

const FIELDS: usize = 128;

/// What is not read yet, or what is wrong.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<Head>, Trouble> {
    // Room that is not written before it is used: there is more of it than most answers need.
    let mut fields = [const { MaybeUninit::uninit() }; FIELDS];
    let mut response = httparse::Response::new(&mut []);
    let parser = httparse::ParserConfig::default();
    let end = match parser.parse_response_with_uninit_headers(&mut response, bytes, &mut fields) {
        Ok(httparse::Status::Complete(end)) => end,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => {
            return Err(malformed(format!(
                "the head of the answer is no HTTP/1.1: {error}"
            )));
        }
    };
    let status = response.code.unwrap_or(0);
    let mut says = Says {
        persists: response.version == Some(1),
        ..Says::default()
    };
    for field in response.headers.iter() {
        says.take(field.name, field.value)?;
    }
    Ok(Some(Head {
        end,
        status,
        framing: says.framing(status),
        events: says.events,
        persists: says.persists,
    }))
}

fn malformed(why: impl Into<std::borrow::Cow<'static, str>>) -> Trouble {
    Trouble::new(Class::Malformed, why)
}

#[derive(Default)]
struct Says {
    length: Option<usize>,
    chunked: bool,
    events: bool,
    persists: bool,
}

impl Says {
    fn take(&mut self, name: &str, value: &[u8]) -> Result<(), Trouble> {
        if name.eq_ignore_ascii_case("content-length") {
            self.length(value)?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            if !value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                return Err(Trouble::unfit(
                    "the answer has a transfer coding other than chunked",
                ));
            }
            self.chunked = true;
        } else if name.eq_ignore_ascii_case("content-type") {
            self.events = starts_with(value.trim_ascii_start(), b"text/event-stream");
        } else if name.eq_ignore_ascii_case("connection") {
            self.connection(value);
        } else if name.eq_ignore_ascii_case("content-encoding")
            && !value.trim_ascii().eq_ignore_ascii_case(b"identity")
        {
            return Err(Trouble::unfit("the answer has a content coding"));
        }
        Ok(())
    }

    /// Two different lengths are no length (RFC 9110 §8.6).
    fn length(&mut self, value: &[u8]) -> Result<(), Trouble> {
        let digits = std::str::from_utf8(value).unwrap_or("");
        let digits = if digits.bytes().all(|b| b.is_ascii_digit()) {
            digits
        } else {
            ""
        };
        let length: usize = digits
            .parse()
            .map_err(|_| malformed("the answer's Content-Length is no number"))?;
        if self.length.is_some_and(|other| other != length) {
            return Err(malformed("the answer has two values of Content-Length"));
        }
        self.length = Some(length);
        Ok(())
    }

    fn connection(&mut self, value: &[u8]) {
        for option in value.split(|b| *b == b',').map(<[u8]>::trim_ascii) {
            if option.eq_ignore_ascii_case(b"close") {
                self.persists = false;
            } else if option.eq_ignore_ascii_case(b"keep-alive") {
                self.persists = true;
            }
        }
    }

    fn framing(&self, status: u16) -> Framing {
        match self.length {
            _ if matches!(status, 100..=199 | 204 | 304) => Framing::Length(0),
            // Transfer-Encoding overrides Content-Length.
            _ if self.chunked => Framing::Chunked,
            Some(length) => Framing::Length(length),
            None => Framing::Close,
        }
    }
}

fn starts_with(value: &[u8], what: &[u8]) -> bool {
    value
        .get(..what.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(fields: &str) -> Head {
        let text = format!("HTTP/1.1 200 OK\r\n{fields}\r\nbody");
        parse(text.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn framings() {
        let table = [
            ("Content-Length: 5\r\n", Framing::Length(5)),
            ("content-length: 5\r\nContent-Length: 5\r\n", Framing::Length(5)),
            ("Transfer-Encoding: Chunked\r\n", Framing::Chunked),
            (
                "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                Framing::Chunked,
            ),
            ("", Framing::Close),
        ];
        for (fields, framing) in table {
            assert_eq!(head(fields).framing, framing, "{fields}");
        }
        let empty = parse(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap();
        assert_eq!(empty.framing, Framing::Length(0));
    }

    #[test]
    fn persistence_and_kinds() {
        assert!(head("").persists);
        assert!(!head("Connection: Close\r\n").persists);
        assert!(!head("Connection: upgrade, close\r\n").persists);
        assert!(!parse(b"HTTP/1.0 200 OK\r\n\r\n").unwrap().unwrap().persists);
        assert!(head("Content-Type: Text/Event-Stream; charset=utf-8\r\n").events);
        assert!(!head("Content-Type: application/json\r\n").events);
    }

    #[test]
    fn what_is_no_head() {
        let why = |text: &str| parse(text.as_bytes()).unwrap_err();
        for text in [
            "SSH-2.0-x\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        ] {
            assert_eq!(
                (why(text).class, why(text).unfit),
                (Class::Malformed, false),
                "{text}"
            );
        }
        for field in ["Content-Encoding: gzip", "Transfer-Encoding: gzip, chunked"] {
            assert!(
                why(&format!("HTTP/1.1 200 OK\r\n{field}\r\n\r\n")).unfit,
                "{field}"
            );
        }
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\nContent-"), Ok(None));
    }
}
