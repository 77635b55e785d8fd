//! What some defective servers do to a request head before any HTTP library would let it through.
//!
//! A correct HTTP stack refuses NUL in a value and blanks before a colon, and trims values. The defects that
//! get these wrong therefore sit in front of it: they repair or spoil the first head of a connection and hand
//! the result on. HTTP/2 connections pass untouched.

use bytes::Bytes;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::defect::{Defect, DefectSet, bearer, whr};

/// Defects that need the bytes.
pub(crate) const DEFECTS: [Defect; 5] = [
    bearer::NUL_TRUNCATE,
    bearer::LENIENT_COLON,
    bearer::NO_TRIM,
    bearer::HEADER_MAP_CASE,
    whr::HEADER_CASE,
];

const LONGEST_HEAD: usize = 64 << 10;
const END: &[u8] = b"\r\n\r\n";

/// Reads the first head of a connection and returns it as the defects make it.
pub(crate) async fn read_first_head(stream: &mut TcpStream, defects: &DefectSet) -> std::io::Result<Bytes> {
    let mut read = Vec::with_capacity(2048);
    loop {
        if stream.read_buf(&mut read).await? == 0 || read.len() > LONGEST_HEAD || read.starts_with(b"PRI ") {
            return Ok(read.into());
        }
        if let Some(end) = read.windows(END.len()).position(|window| window == END) {
            let mut rewritten = rewrite(&read[..end], defects);
            rewritten.extend_from_slice(&read[end..]);
            return Ok(rewritten.into());
        }
    }
}

fn rewrite(head: &[u8], defects: &DefectSet) -> Vec<u8> {
    let lines = head
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let rewritten: Vec<Vec<u8>> = lines
        .enumerate()
        .map(|(n, line)| {
            if n == 0 {
                line.to_vec()
            } else {
                field(line, defects)
            }
        })
        .collect();
    rewritten.join(b"\r\n".as_slice())
}

fn field(line: &[u8], defects: &DefectSet) -> Vec<u8> {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        return line.to_vec();
    };
    let (mut name, mut value) = (line[..colon].to_vec(), line[colon + 1..].to_vec());
    if defects.has(bearer::LENIENT_COLON) {
        name.truncate(name.trim_ascii_end().len());
    }
    if defects.has(whr::HEADER_CASE)
        && name.eq_ignore_ascii_case(b"webhook-signature")
        && name != b"webhook-signature"
    {
        return [b"X-Not-Found:".to_vec(), value].concat();
    }
    if !name.trim_ascii().eq_ignore_ascii_case(b"authorization") {
        return [name, b":".to_vec(), value].concat();
    }
    let spelled_otherwise = name != b"Authorization" && name != b"authorization" && name == name.trim_ascii();
    if defects.has(bearer::HEADER_MAP_CASE) && spelled_otherwise {
        name = b"X-Not-Found".to_vec();
    }
    if let (true, Some(nul)) = (
        defects.has(bearer::NUL_TRUNCATE),
        value.iter().position(|byte| *byte == 0),
    ) {
        value.truncate(nul);
    }
    if defects.has(bearer::NO_TRIM) {
        // The library behind would trim again, so the blank becomes a byte that survives and matches nothing.
        let kept = value.trim_ascii_end().len();
        value[kept..].fill(b'~');
    }
    [name, b":".to_vec(), value].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_rewritten_as_each_defect_would() {
        let table: &[(&str, &str, &str)] = &[
            (
                "lenient-colon",
                "Authorization : Bearer a",
                "Authorization: Bearer a",
            ),
            (
                "nul-truncate",
                "Authorization: Bearer a\0junk",
                "Authorization: Bearer a",
            ),
            (
                "no-trim",
                "authorization: Bearer a \t",
                "authorization: Bearer a~~",
            ),
            (
                "header-map-case",
                "AUTHORIZATION: Bearer a",
                "X-Not-Found: Bearer a",
            ),
            (
                "header-map-case",
                "authorization: Bearer a",
                "authorization: Bearer a",
            ),
            ("header-case", "Webhook-Signature: v1,a", "X-Not-Found: v1,a"),
            ("nul-truncate", "X-Other: a\0b", "X-Other: a\0b"),
        ];
        for (id, before, after) in table {
            let defects = Defect::from_id(id).into_iter().collect();
            let head = format!("GET / HTTP/1.1\r\n{before}\r\nHost: h");
            let expected = format!("GET / HTTP/1.1\r\n{after}\r\nHost: h");
            assert_eq!(
                String::from_utf8_lossy(&rewrite(head.as_bytes(), &defects)),
                expected,
                "{id}"
            );
        }
    }
}
