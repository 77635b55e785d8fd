//! Event streams (WHATWG HTML §9.2.6), read where they lie: the data of an event of one line is not moved, that of
//! several lines moves together over its own field names.

use std::ops::Range;

/// What stands next in a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    /// Where the data stand; `None`: it has none, or is of another type than `message`.
    pub(super) data: Option<Range<usize>>,
}

/// How far a stream has been read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cursor {
    /// Where the event in hand begins.
    start: usize,
    /// Where its last line begins.
    line: usize,
    /// No line ends between there and here: what comes in small pieces is not searched again and again.
    searched: usize,
}

impl Cursor {
    fn from(start: usize) -> Self {
        Self {
            start,
            line: start,
            searched: start,
        }
    }
}

/// The event at the cursor, if its end has come. `whole`: nothing more will come, so a CR at the end is no half of a
/// CRLF.
pub(super) fn next(buffer: &mut [u8], cursor: &mut Cursor, whole: bool) -> Option<Event> {
    // The end first: nothing may be moved of an event that is still coming.
    let start = cursor.start;
    let next = end(buffer, cursor, whole)?;
    *cursor = Cursor::from(next);
    let mut at = start;
    let mut data: Option<Range<usize>> = None;
    let mut message = true;
    while at < next {
        let line = line(&buffer[..next], at);
        let (begin, stop) = (if at == 0 { after_mark(buffer) } else { at }, line.start);
        at = line.end;
        let colon = buffer[begin..stop].iter().position(|b| *b == b':');
        let name = begin..colon.map_or(stop, |colon| begin + colon);
        let mut value = colon.map_or(stop, |colon| begin + colon + 1)..stop;
        if buffer[value.clone()].first() == Some(&b' ') {
            value.start += 1;
        }
        match &buffer[name] {
            b"data" => data = Some(joined(buffer, data, value)),
            b"event" => message = matches!(&buffer[value], b"" | b"message"),
            _ => {}
        }
    }
    Some(Event {
        data: data.filter(|_| message),
    })
}

/// A byte order mark may begin a stream; streams are decoded from offset zero of their own slice.
fn after_mark(buffer: &[u8]) -> usize {
    if buffer.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 }
}

fn joined(buffer: &mut [u8], data: Option<Range<usize>>, more: Range<usize>) -> Range<usize> {
    let Some(data) = data else { return more };
    buffer[data.end] = b'\n';
    let length = more.len();
    buffer.copy_within(more, data.end + 1);
    data.start..data.end + 1 + length
}

/// The line ending that follows `at`; empty at the end of the buffer where there is none.
fn line(buffer: &[u8], at: usize) -> Range<usize> {
    let Some(end) = buffer[at..].iter().position(|b| matches!(b, b'\r' | b'\n')) else {
        return buffer.len()..buffer.len();
    };
    let end = at + end;
    let pair = buffer[end] == b'\r' && buffer.get(end + 1) == Some(&b'\n');
    end..end + 1 + usize::from(pair)
}

/// Where the event at the cursor ends: behind its empty line.
fn end(buffer: &[u8], cursor: &mut Cursor, whole: bool) -> Option<usize> {
    while cursor.searched < buffer.len() {
        let ending = line(buffer, cursor.searched);
        cursor.searched = ending.start;
        let half = ending.end == buffer.len() && buffer.last() == Some(&b'\r') && !whole;
        if ending.is_empty() || half {
            return None;
        }
        if ending.start == cursor.line {
            return Some(ending.end);
        }
        (cursor.line, cursor.searched) = (ending.end, ending.end);
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The data of all events, read as the pieces come.
    fn read(pieces: &[&[u8]]) -> Vec<String> {
        let (mut buffer, mut cursor, mut found) = (Vec::new(), Cursor::default(), Vec::new());
        for (index, piece) in pieces.iter().enumerate() {
            buffer.extend_from_slice(piece);
            while let Some(event) = next(&mut buffer, &mut cursor, index + 1 == pieces.len()) {
                found.extend(
                    event
                        .data
                        .map(|data| String::from_utf8_lossy(&buffer[data]).into_owned()),
                );
            }
        }
        found
    }

    #[test]
    fn streams() {
        let table: &[(&[u8], &[&str])] = &[
            (b"data: a\n\n", &["a"]),
            (b"data:a\r\ndata:  b\r\n\r\n", &["a\n b"]),
            (b"event: x\rdata: a\r\rdata: b\r\r", &["b"]),
            (b"event: message\ndata: a\n\n", &["a"]),
            (b"\xef\xbb\xbfdata: a\n\n", &["a"]),
            (b": ping\n\ndata\nid: 7\n\n", &[""]),
            (b"data: a\ndata\ndata: c\nid: 9\n\ndata: d\n\n", &["a\n\nc", "d"]),
            (b"data: {\"a\":\"b: c\"}\nother: x\n\n", &["{\"a\":\"b: c\"}"]),
            (b"Data: a\n data: b\n\ndata: c\n", &[]),
            (b"\n\n\ndata: a\n\n", &["a"]),
            (b"", &[]),
        ];
        for (bytes, wanted) in table {
            assert_eq!(read(&[bytes]), *wanted, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            bytes in prop::collection::vec(prop::sample::select(b"data: evnt\r\n\n\r:x\xef\xbb\xbf".to_vec()), 0..200),
            cuts in prop::collection::vec(0_usize..200, 0..10),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|c| *c < bytes.len()).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
            prop_assert_eq!(read(&pieces), read(&[&bytes]));
        }
    }
}
