//! One exchange on an open stream.

use std::io;
use std::time::Instant;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf};
use tokio::time::timeout_at;

use super::framing::Framing;
use super::head::{self, Parsed};
use crate::wire::body::{Budget, Intake, Next};
use crate::wire::connect::Io;
use crate::wire::{Cut, Limits, Read, Response, WireError, failure};

/// What is asked of the stream.
pub(in crate::wire) struct Ask<'a> {
    pub(in crate::wire) bytes: Bytes,
    pub(in crate::wire) method: &'a str,
    pub(in crate::wire) read: &'a Read,
    pub(in crate::wire) limits: &'a Limits,
    pub(in crate::wire) budget: &'a Budget,
}

/// What came of it.
pub(in crate::wire) struct Told {
    pub(in crate::wire) response: Result<Response, WireError>,
    pub(in crate::wire) first_byte: Option<Instant>,
    /// The stream is at the end of an answer and may carry another exchange.
    pub(in crate::wire) reusable: bool,
    /// What was read beyond the answer: after a 101, the first bytes of the other protocol.
    pub(in crate::wire) rest: Vec<u8>,
}

/// Writes the request and reads the answer, both at once.
pub(in crate::wire) async fn talk(io: &mut dyn Io, ask: Ask<'_>) -> Told {
    let (reader, mut writer) = tokio::io::split(io);
    let bytes = ask.bytes.clone();
    let write = async {
        writer.write_all(&bytes).await?;
        writer.flush().await
    };
    let mut listener = Listener {
        reader,
        ask,
        piece: vec![0; PIECE],
        buffer: Vec::new(),
        first_byte: None,
        written: false,
        reusable: false,
    };
    let response = {
        let mut write = std::pin::pin!(write);
        listener.listen(&mut write).await
    };
    let reusable = listener.reusable && listener.written;
    Told {
        response,
        first_byte: listener.first_byte,
        reusable,
        rest: listener.buffer,
    }
}

struct Listener<'a, 'io> {
    reader: ReadHalf<&'io mut dyn Io>,
    ask: Ask<'a>,
    /// Where the socket writes to.
    piece: Vec<u8>,
    /// Read and not yet used.
    buffer: Vec<u8>,
    first_byte: Option<Instant>,
    written: bool,
    reusable: bool,
}

/// The most that is asked of the socket at once.
const PIECE: usize = 16 << 10;

impl Listener<'_, '_> {
    async fn listen(
        &mut self,
        write: &mut (impl Future<Output = io::Result<()>> + Unpin),
    ) -> Result<Response, WireError> {
        let head = self.head(write).await?;
        let (mut framing, note) = Framing::of(&head.head, self.ask.method, self.ask.limits)?;
        let keeps = framing != Framing::Close && keeps_alive(&head);
        let switches = head.head.status == 101;
        let mut intake = Intake::new(head.head, self.ask.read, self.ask.limits);
        if let Some(note) = note {
            intake.note(note);
        }
        let cut = self.body(&mut framing, &mut intake, write).await?;
        if cut.is_none() && !self.buffer.is_empty() && !switches {
            intake.note(format!(
                "at least {} bytes follow the end of the body",
                self.buffer.len()
            ));
        }
        self.reusable = cut.is_none() && keeps && self.buffer.is_empty();
        Ok(intake.finish(cut))
    }

    async fn head(
        &mut self,
        write: &mut (impl Future<Output = io::Result<()>> + Unpin),
    ) -> Result<Parsed, WireError> {
        let mut interim = 0_usize;
        let mut news = true;
        loop {
            if news && let Some(mut parsed) = head::parse(&self.buffer, self.ask.limits)? {
                self.buffer.drain(..parsed.size);
                let status = parsed.head.status;
                if status == 101 || status >= 200 {
                    return Ok(parsed);
                }
                // Interim answers (RFC 9110 §15.2) share the bound of one header.
                interim += std::mem::take(&mut parsed.size);
                if interim > self.ask.limits.header_bytes {
                    let limit = self.ask.limits.header_bytes as u64;
                    return Err(WireError::TooLarge {
                        what: "run of interim answers",
                        limit,
                    });
                }
                continue;
            }
            let before = self.buffer.len();
            match self.more(write, self.ask.budget.deadline()).await {
                Err(()) => return Err(self.ask.budget.timeout(self.phase())),
                Ok(Ok(0)) => return Err(self.closed()),
                Ok(Ok(_)) => {
                    let full = self.buffer.len() >= self.ask.limits.header_bytes;
                    news = full || before < 8 || self.buffer[before..].contains(&b'\n');
                }
                Ok(Err(error)) => return Err(self.broken(&error)),
            }
        }
    }

    async fn body(
        &mut self,
        framing: &mut Framing,
        intake: &mut Intake,
        write: &mut (impl Future<Output = io::Result<()>> + Unpin),
    ) -> Result<Option<Cut>, WireError> {
        loop {
            let mut input = self.buffer.as_slice();
            while let Some(piece) = framing.next(&mut input)? {
                if let Next::Stop(cut) = intake.push(piece, Instant::now())? {
                    return Ok(Some(cut));
                }
            }
            let used = self.buffer.len() - input.len();
            self.buffer.drain(..used);
            if framing.is_done() {
                return Ok(None);
            }
            let (end, over) = intake.end(self.ask.budget);
            if tokio::time::Instant::now() >= end {
                return Ok(Some(over));
            }
            match self.more(write, end).await {
                Err(()) => return Ok(Some(over)),
                Ok(Ok(0)) => return Ok((!framing.may_end_here()).then_some(Cut::Short)),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => {
                    // Without close_notify (RFC 8446 §6.1) the end may be an attacker's.
                    intake.note(format!(
                        "the connection broke inside the body: {}",
                        failure::io_words(&error)
                    ));
                    return Ok(Some(Cut::Short));
                }
            }
        }
    }

    /// Reads some more bytes, going on with the writing meanwhile; `Err` when the time is over. That writing
    /// fails is no news as long as something can be read.
    async fn more(
        &mut self,
        write: &mut (impl Future<Output = io::Result<()>> + Unpin),
        end: tokio::time::Instant,
    ) -> Result<io::Result<usize>, ()> {
        loop {
            let step = async {
                tokio::select! {
                    biased;
                    read = self.reader.read(&mut self.piece) => Some(read),
                    wrote = &mut *write, if !self.written => {
                        self.written = true;
                        // A failed write ends the exchange only through what reading then says.
                        drop(wrote);
                        None
                    }
                }
            };
            match timeout_at(end, step).await {
                Err(_) => return Err(()),
                Ok(None) => {}
                Ok(Some(read)) => {
                    if let Ok(size) = read
                        && size > 0
                    {
                        self.first_byte.get_or_insert_with(Instant::now);
                        self.buffer.extend_from_slice(&self.piece[..size]);
                    }
                    return Ok(read);
                }
            }
        }
    }

    fn phase(&self) -> &'static str {
        match (self.buffer.is_empty(), self.written) {
            (false, _) => "reading the header",
            (true, true) => "waiting for the first byte",
            (true, false) => "sending the request",
        }
    }

    fn closed(&self) -> WireError {
        let when = if self.buffer.is_empty() {
            "before any answer"
        } else {
            "inside the header"
        };
        WireError::Closed { when }
    }

    fn broken(&self, error: &io::Error) -> WireError {
        use io::ErrorKind as K;
        match error.kind() {
            K::ConnectionReset | K::BrokenPipe | K::UnexpectedEof | K::ConnectionAborted => self.closed(),
            _ => WireError::Other {
                why: failure::io_words(error),
            },
        }
    }
}

fn keeps_alive(parsed: &Parsed) -> bool {
    let connection = parsed
        .head
        .headers
        .iter()
        .filter(|(n, _)| n.eq_ignore_ascii_case("connection"));
    let options: Vec<String> = connection
        .map(|(_, v)| String::from_utf8_lossy(v).to_ascii_lowercase())
        .collect();
    let says = |option: &str| {
        options
            .iter()
            .flat_map(|o| o.split(','))
            .any(|o| o.trim() == option)
    };
    parsed.head.status != 101 && !says("close") && (parsed.head.version == "HTTP/1.1" || says("keep-alive"))
}
