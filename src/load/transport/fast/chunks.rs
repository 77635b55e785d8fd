//! Chunked transfer coding (RFC 9112 §7.1), taken off where it lies: data moves down over the framing it came in.

use crate::load::meter::Class;
use crate::load::transport::Trouble;

/// How far a chunked body is decoded.
#[derive(Debug)]
pub(super) struct Chunks {
    /// Where the next undecoded byte is.
    read: usize,
    /// Where decoded data end.
    pub(super) end: usize,
    state: State,
    /// Bytes of framing so far, beside those of plain chunk lines.
    overhead: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Size,
    Data(usize),
    /// The end of line behind the data.
    After,
    Trailer,
    Done,
}

impl Chunks {
    /// A body that begins at `start`.
    pub(super) fn new(start: usize) -> Self {
        Self {
            read: start,
            end: start,
            state: State::Size,
            overhead: 0,
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Whether bytes are left behind the end.
    pub(super) fn left(&self, buffer: &[u8]) -> bool {
        self.read < buffer.len()
    }

    /// Decodes what has been read.
    pub(super) fn decode(&mut self, buffer: &mut [u8], overhead: usize) -> Result<(), Trouble> {
        loop {
            match self.state {
                State::Done => return Ok(()),
                State::Data(left) => {
                    let some = left.min(buffer.len() - self.read);
                    buffer.copy_within(self.read..self.read + some, self.end);
                    self.read += some;
                    self.end += some;
                    if some < left {
                        self.state = State::Data(left - some);
                        return Ok(());
                    }
                    self.state = State::After;
                }
                State::Size | State::After | State::Trailer => {
                    let Some(line) = self.line(buffer, overhead)? else {
                        return Ok(());
                    };
                    self.state = self.step(line)?;
                }
            }
        }
    }

    /// The next line, without its end.
    fn line<'a>(&mut self, buffer: &'a [u8], overhead: usize) -> Result<Option<&'a [u8]>, Trouble> {
        let rest = &buffer[self.read..];
        let Some(end) = rest.iter().position(|b| *b == b'\n') else {
            return if self.overhead + rest.len() > overhead {
                Err(too_long())
            } else {
                Ok(None)
            };
        };
        self.read += end + 1;
        // What a size takes is no overhead; extensions and trailers are.
        self.overhead += end.saturating_sub(16);
        if self.overhead > overhead {
            return Err(too_long());
        }
        rest[..end]
            .strip_suffix(b"\r")
            .map(Some)
            .ok_or_else(|| bad("a line of the chunked body ends without CR"))
    }

    fn step(&self, line: &[u8]) -> Result<State, Trouble> {
        match self.state {
            State::After if line.is_empty() => Ok(State::Size),
            State::After => Err(bad("a chunk is longer than it says")),
            State::Trailer if line.is_empty() => Ok(State::Done),
            State::Trailer => Ok(State::Trailer),
            _ => match size(line) {
                Some(0) => Ok(State::Trailer),
                Some(size) => Ok(State::Data(size)),
                None => Err(bad("a chunk has no size")),
            },
        }
    }
}

fn size(line: &[u8]) -> Option<usize> {
    let digits = line.split(|b| *b == b';').next()?.trim_ascii();
    let hex = !digits.is_empty() && digits.len() <= 15 && digits.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(digits).ok().filter(|_| hex)?;
    usize::from_str_radix(text, 16).ok()
}

fn bad(why: &'static str) -> Trouble {
    Trouble::new(Class::Malformed, why)
}

fn too_long() -> Trouble {
    bad("the framing of the chunked body is longer than is read")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Decodes pieces as they would come; the data, whether it ended, what was wrong.
    fn read(pieces: &[&[u8]]) -> (Vec<u8>, bool, Option<Trouble>) {
        let mut buffer = b"head".to_vec();
        let mut chunks = Chunks::new(4);
        let mut trouble = None;
        for piece in pieces {
            buffer.extend_from_slice(piece);
            trouble = chunks.decode(&mut buffer, 64).err();
            if trouble.is_some() {
                break;
            }
        }
        (buffer[4..chunks.end].to_vec(), chunks.is_done(), trouble)
    }

    #[test]
    fn bodies() {
        let table: &[(&str, &str, bool)] = &[
            ("3\r\nabc\r\n0\r\n\r\n", "abc", true),
            ("3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nA: b\r\n\r\n", "abcde", true),
            ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789", true),
            ("3\r\nab", "ab", false),
            ("3\r\nabc\r\n0\r\n", "abc", false),
            ("", "", false),
        ];
        for (bytes, data, done) in table {
            let (read, ended, trouble) = read(&[bytes.as_bytes()]);
            assert_eq!(
                (read.as_slice(), ended, trouble),
                (data.as_bytes(), *done, None),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn what_is_no_chunked_body() {
        for bytes in [
            "x\r\n",
            "\r\n",
            "-1\r\n",
            "3\r\nabcd\r\n",
            "3\nabc\r\n",
            "ffffffffffffffffff\r\n",
        ] {
            assert!(read(&[bytes.as_bytes()]).2.is_some(), "{bytes:?}");
        }
        assert!(
            read(&[b"0\r\n", &b"A: b\r\n".repeat(100), &[b'x'; 100]])
                .2
                .is_some()
        );
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6),
            cuts in prop::collection::vec(0_usize..300, 0..12),
        ) {
            let mut bytes = Vec::new();
            for chunk in &chunks {
                bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
                bytes.extend_from_slice(chunk);
                bytes.extend_from_slice(b"\r\n");
            }
            bytes.extend_from_slice(b"0\r\n\r\n");
            let mut cuts: Vec<usize> = cuts.into_iter().filter(|c| *c < bytes.len()).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
            prop_assert_eq!(read(&pieces), (chunks.concat(), true, None));
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            read(&[&bytes]);
        }
    }
}
