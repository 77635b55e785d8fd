//! What is expected: clauses and what they look at.

use super::matcher::Matcher;
use super::place::{At, Spanned};
use super::template::{Data, Template};

/// `expect:`; all clauses must hold.
#[derive(Debug, Clone)]
pub struct Expect {
    /// In the order written.
    pub clauses: Vec<Clause>,
    /// Where.
    pub at: At,
}

/// One key of an `expect`.
#[derive(Debug, Clone)]
pub struct Clause {
    /// What it says.
    pub kind: ClauseKind,
    /// Where its key stands.
    pub at: At,
}

/// What a clause says.
#[derive(Debug, Clone)]
pub enum ClauseKind {
    /// selector: matcher.
    Is(Selector, Matcher),
    /// Every element of the series (over nothing: a miss).
    Each(Expect),
    /// Some element.
    Any(Expect),
    /// No element (over nothing: holds).
    None(Expect),
    /// The first element.
    First(Expect),
    /// The last element.
    Last(Expect),
    /// How many elements satisfy `of` (all when absent).
    Count {
        /// Selectors an element must satisfy.
        of: Option<Expect>,
        /// Not all of them, but the most in any span of this length.
        within: Option<Data>,
        /// A number, a range or a share.
        is: Matcher,
    },
    /// The element whose duration is the median.
    Median(Expect),
    /// The events of the answer's event stream, as a series.
    Event(Expect),
    /// What came on a WebSocket, as a series.
    Frame(Expect),
    /// The answers to the forms that were sent on the way to consent, as a series.
    Forms(Expect),
    /// A named step inside a group: its evidence in this round.
    Of(Spanned<String>, Expect),
    /// The time between each element and the next.
    Gaps(Matcher),
    /// `pace: { of: STEP, like: STEP }`: the times of steps of each round, compared.
    Pace {
        /// Steps of a round.
        of: Vec<Spanned<String>>,
        /// Those they are compared with.
        like: Vec<Spanned<String>>,
    },
    /// `entropy: { of: SELECTOR, bits: MATCHER }`: what guessing one of the series' values costs; repeats are 0 bits.
    Entropy {
        /// Which value of each element.
        of: Captured,
        /// In bits.
        bits: Matcher,
    },
}

/// Where in the evidence a value is taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// done, refused, limited, broken.
    Outcome,
    /// Whose canary came back.
    Sees,
    /// Principals of other tenants whose canary came back.
    Strangers,
    /// The answer as a whole, for `same_as`.
    Answer,
    /// HTTP status.
    Status,
    /// A response header, several lines combined; case-insensitive name.
    Header(String),
    /// Some challenge of `WWW-Authenticate` satisfies all of the matcher map.
    Challenge,
    /// All challenges: `each`, `any`, `none` or `count` over them.
    Challenges,
    /// A JSONPath (RFC 9535) into the HTTP body.
    Json(String),
    /// The same with references in it, which are filled in as they stand; of captures alone.
    JsonWith(Template),
    /// What the tool said: a JSONPath, or the name of a probe's output.
    Result(String),
    /// The whole `result`.
    ResultWhole,
    /// JSON-RPC error code.
    RpcError,
    /// Body text.
    Body,
    /// The first group of a regular expression in the body.
    InBody(String),
    /// A duration, from seconds or an HTTP-date.
    RetryAfter,
    /// How long the answer asks to wait: `Retry-After`, else the reset of its rate headers.
    Pause,
    /// Some statement about a rate limit satisfies all of the matcher map.
    Rate,
    /// All statements: `each`, `any`, `none` or `count` over them.
    Rates,
    /// First byte sent → last byte read.
    Duration,
    /// `reused` or `new`.
    Connection,
    /// How a stream or socket ended: a close code, `ended` or `broken`.
    Close,
    /// Time since the end of that step.
    Since(String),
    /// A member of a token or registration answer, a parameter of a callback, the token of `mint`.
    OAuth(String),
    /// The redirect URI was called: its parameters, `to` and `place`.
    Callback,
    /// A parameter of it.
    CallbackParam(String),
    /// A parameter of the first challenge that has it.
    ChallengeParam(String),
    /// Path of a request that came to a listener.
    Path,
    /// What the signature of a delivery is worth.
    Signature,
    /// Header and claims of a token.
    Jwt {
        /// The member of the answer that holds it.
        of: String,
        /// A JSONPath into `{ header, claims }`; without it, both.
        path: Option<String>,
    },
    /// Exit status of `exec`.
    Exit,
    /// Output of `exec`.
    Output,
    /// How a command ended.
    End,
    /// Files that an agent has left: `each`, `any`, `none` or `count` over them.
    Files,
    /// HTTP method of a request that came to a listener.
    Method,
    /// A member of the form in its body.
    Form(String),
    /// A member of its query.
    Query(String),
}

/// What a `capture` takes, or `of` an entropy clause.
#[derive(Debug, Clone)]
pub struct Captured {
    /// Which.
    pub selector: Selector,
    /// `secret: true`, or a name that says so: masked everywhere.
    pub secret: bool,
    /// Where.
    pub at: At,
}

/// Over the elements of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    /// All.
    Each,
    /// Some.
    Any,
    /// None.
    None,
    /// How many.
    Count,
}
