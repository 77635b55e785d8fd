//! Carries one call over a connection and says what became of it, verified.
//!
//! [`Fast`] is HTTP/1.1 over TCP or TLS, with prepared bytes out and answers read in place. What it cannot read
//! (another version of HTTP, a proxy, a content coding) it calls unfit, and another [`Transport`] takes its place.

mod answered;
mod fast;
mod full;
mod lines;
mod mixed;
mod template;
mod verify;

use std::future::Future;
use std::time::{Duration, Instant};

pub use answered::{Answered, Seen, Trouble, Watch, Watchless};
pub use fast::{Fast, FastConnection, Limits, Secured};
pub use full::Full;
pub use lines::{Lines, LinesError};
pub use mixed::{Acts, Mixed};
pub use template::{Body, Expected, FIRST_ID, Target, Template, TemplateError};
pub use verify::{Verdict, verify};

/// One call to make.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What is the same in all calls of an operation.
    pub template: &'a Template,
    /// What is the caller's own.
    pub lines: &'a Lines,
    /// Number of the call in the run; with [`FIRST_ID`] it makes the JSON-RPC id.
    pub number: u64,
    /// When it begins: now. It counts as the moment its first byte is written.
    pub begin: Instant,
    /// How long it may take.
    pub patience: Duration,
}

/// A connection that was opened.
#[derive(Debug)]
pub struct Opened<C> {
    /// Ready for a call.
    pub connection: C,
    /// What the TCP handshake took.
    pub connect: Duration,
    /// What the TLS handshake took.
    pub tls: Option<Duration>,
}

/// Makes connections and calls on them. One call at a time on each; which thread makes it is all the same.
pub trait Transport: Clone + Send + Sync + 'static {
    /// What carries one call at a time.
    type Connection: Send + 'static;

    /// Opens one, until `deadline`.
    fn open(
        &self,
        deadline: Instant,
    ) -> impl Future<Output = Result<Opened<Self::Connection>, Trouble>> + Send;

    /// Makes a call. `watch` sees the answer, whatever it is.
    fn call(
        &self,
        connection: &mut Self::Connection,
        request: &Request<'_>,
        watch: &dyn Watch,
    ) -> impl Future<Output = Answered> + Send;

    /// Ends when an idle connection is of no more use: the peer closed it, or spoke unasked.
    fn spoiled(&self, connection: &mut Self::Connection) -> impl Future<Output = ()> + Send;
}
