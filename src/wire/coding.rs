//! Content codings (RFC 9110 §8.4.1) removed as the bytes come, never beyond the room that is left.

use std::io::{self, Write};

use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// Removes one coding.
pub(super) enum Decoder {
    Gzip(Box<MultiGzDecoder<Bounded>>),
    Deflate(Deflate),
    Brotli(Box<brotli_decompressor::DecompressorWriter<Bounded>>),
}

/// `deflate` is the zlib format; some send the bare one. The first byte tells.
pub(super) enum Deflate {
    Unknown,
    Zlib(Box<ZlibDecoder<Bounded>>),
    Bare(Box<DeflateDecoder<Bounded>>),
}

/// Why decoding stopped.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// No room is left; what fitted was handed out.
    Full,
    /// The bytes are not in this coding.
    Broken(String),
}

impl Decoder {
    /// For a `Content-Encoding` value; `None` for `identity` and for what is not known.
    pub(super) fn new(coding: &str) -> Option<Self> {
        match coding.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Some(Self::Gzip(Box::new(MultiGzDecoder::new(Bounded::default())))),
            "deflate" => Some(Self::Deflate(Deflate::Unknown)),
            "br" => {
                let writer = brotli_decompressor::DecompressorWriter::new(Bounded::default(), 16 << 10);
                Some(Self::Brotli(Box::new(writer)))
            }
            _ => None,
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Gzip(_) => "gzip",
            Self::Deflate(_) => "deflate",
            Self::Brotli(_) => "br",
        }
    }

    /// Decodes `bytes` and appends at most `room` bytes to `out`.
    pub(super) fn push(&mut self, bytes: &[u8], room: usize, out: &mut Vec<u8>) -> Result<(), Stopped> {
        let Some(first) = bytes.first() else { return Ok(()) };
        if let Self::Deflate(kind @ Deflate::Unknown) = self {
            *kind = if first & 0x0f == 8 {
                Deflate::Zlib(Box::new(ZlibDecoder::new(Bounded::default())))
            } else {
                Deflate::Bare(Box::new(DeflateDecoder::new(Bounded::default())))
            };
        }
        match self {
            Self::Gzip(w) => run(w.as_mut(), |w| w.get_mut(), bytes, room, out),
            Self::Deflate(Deflate::Zlib(w)) => run(w.as_mut(), |w| w.get_mut(), bytes, room, out),
            Self::Deflate(Deflate::Bare(w)) => run(w.as_mut(), |w| w.get_mut(), bytes, room, out),
            Self::Deflate(Deflate::Unknown) => Ok(()),
            Self::Brotli(w) => run(w.as_mut(), |w| w.get_mut(), bytes, room, out),
        }
    }

    /// Whether the coded data came to its end, where the coding tells.
    pub(super) fn is_complete(&mut self) -> bool {
        match self {
            Self::Gzip(w) => w.try_finish().is_ok(),
            Self::Deflate(Deflate::Zlib(w)) => w.try_finish().is_ok(),
            Self::Deflate(Deflate::Bare(w)) => w.try_finish().is_ok(),
            Self::Deflate(Deflate::Unknown) => true,
            Self::Brotli(w) => w.close().is_ok(),
        }
    }
}

fn run<W: Write>(
    writer: &mut W,
    sink: impl Fn(&mut W) -> &mut Bounded,
    bytes: &[u8],
    room: usize,
    out: &mut Vec<u8>,
) -> Result<(), Stopped> {
    sink(writer).room = room;
    let done = write_on(writer, bytes);
    let sink = sink(writer);
    out.append(&mut sink.out);
    match done {
        _ if sink.full => Err(Stopped::Full),
        Ok(()) => Ok(()),
        Err(error) => Err(Stopped::Broken(error.to_string())),
    }
}

/// Writes until the decoder takes no more: after the end of its data it takes nothing.
fn write_on(writer: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match writer.write(bytes)? {
            0 => break,
            n => bytes = &bytes[n.min(bytes.len())..],
        }
    }
    writer.flush()
}

/// Where decoders write to: takes `room` bytes and refuses the next.
#[derive(Default)]
pub(super) struct Bounded {
    out: Vec<u8>,
    room: usize,
    full: bool,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fitting = bytes.len().min(self.room - self.out.len().min(self.room));
        self.out.extend_from_slice(&bytes[..fitting]);
        if fitting < bytes.len() {
            self.full = true;
            return Err(io::Error::other("no room left"));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    fn coded(coding: &str, plain: &[u8]) -> Vec<u8> {
        macro_rules! with {
            ($encoder:ident) => {{
                let mut encoder = $encoder::new(Vec::new(), Compression::default());
                encoder.write_all(plain).expect("memory");
                encoder.finish().expect("memory")
            }};
        }
        match coding {
            "gzip" => with!(GzEncoder),
            "deflate" => with!(ZlibEncoder),
            _ => with!(DeflateEncoder),
        }
    }

    #[test]
    fn codings_are_removed_in_any_pieces() {
        let plain: Vec<u8> = (0..5_000_u32).flat_map(|n| n.to_string().into_bytes()).collect();
        for coding in ["gzip", "deflate", "bare"] {
            let bytes = coded(coding, &plain);
            let mut decoder = Decoder::new(if coding == "bare" { "deflate" } else { coding }).expect("known");
            let mut out = Vec::new();
            for piece in bytes.chunks(7) {
                decoder
                    .push(piece, plain.len() - out.len(), &mut out)
                    .expect(coding);
            }
            assert_eq!(out, plain, "{coding}");
            assert!(decoder.is_complete(), "{coding}");
        }
    }

    #[test]
    fn brotli() {
        // "hello hello hello" in one stored metablock, then the last empty one.
        let mut bytes = vec![0x0b, 0x08, 0x80];
        bytes.extend(b"hello hello hello\x03");
        let (mut decoder, mut out) = (Decoder::new("br").expect("known"), Vec::new());
        decoder.push(&bytes, 100, &mut out).expect("brotli");
        assert_eq!(String::from_utf8_lossy(&out), "hello hello hello");
    }

    #[test]
    fn a_bomb_stops_at_the_room() {
        let bomb = coded("gzip", &vec![0; 64 << 20]);
        let (mut decoder, mut out) = (Decoder::new("gzip").expect("known"), Vec::new());
        assert_eq!(decoder.push(&bomb, 1_000, &mut out), Err(Stopped::Full));
        assert_eq!(out.len(), 1_000);
        assert!(out.capacity() < 1 << 20);
    }

    #[test]
    fn garbage_is_named() {
        let (mut decoder, mut out) = (Decoder::new("gzip").expect("known"), Vec::new());
        assert!(matches!(
            decoder.push(b"this is no gzip at all", 1_000, &mut out),
            Err(Stopped::Broken(_))
        ));
        let mut cut = Decoder::new("gzip").expect("known");
        let bytes = coded("gzip", b"hello hello hello");
        cut.push(&bytes[..bytes.len() - 9], 1_000, &mut out)
            .expect("so far good");
        assert!(!cut.is_complete());
    }
}
