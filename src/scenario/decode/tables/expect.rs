//! What is expected: the selectors, and the mappings behind some of them.

use super::oauth::JWT;
use super::results::CAPTURE;
use super::shapes::{ANY, EXPECT_SHAPE, MATCHER_SHAPE, MATCHERS, TEXT};
use super::words::PLAIN_SELECTORS;
use crate::scenario::table::{Key, Shape, Table};

/// `expect`, `until`, and what a quantifier holds.
pub(crate) static EXPECT: Table = Table {
    name: "expectation",
    doc: "Selectors and matchers; all must hold. The name of a step in the group opens its evidence.",
    rest: Some(&EXPECT_SHAPE),
    keys: &[
        Key::new(
            "outcome",
            Shape::Either(&MATCHERS),
            "The decision: done, refused, limited, broken; unreached where nobody listens.",
        ),
        Key::new(
            "sees",
            Shape::Either(&MATCHERS),
            "Whose canary came back; `nobody` for none.",
        ),
        Key::new(
            "strangers",
            Shape::Either(&MATCHERS),
            "Principals of other tenants than the caller's whose canary came back unasked; `nobody` for none, nothing where the caller's tenant is not known.",
        ),
        Key::new(
            "answer",
            Shape::Table(&ANSWER),
            "The answer as a whole, compared with that of another step.",
        ),
        Key::new(
            "status",
            Shape::Either(&MATCHERS),
            "HTTP status: a number, a list, `4xx`.",
        ),
        Key::new(
            "headers",
            Shape::Map(&MATCHER_SHAPE),
            "Response headers; several lines are combined.",
        ),
        Key::new(
            "challenge",
            Shape::Map(&MATCHER_SHAPE),
            "Some challenge of WWW-Authenticate satisfies all of it.",
        ),
        Key::new(
            "challenges",
            Shape::Table(&CHALLENGES),
            "All challenges: `each`, `any`, `none`, `count`.",
        ),
        Key::new(
            "json",
            Shape::Map(&ANY),
            "JSONPaths (RFC 9535) into the HTTP body.",
        ),
        Key::new(
            "result",
            Shape::Any,
            "What the tool said: JSONPaths, or outputs of the probe.",
        ),
        Key::new("rpc_error", Shape::Either(&MATCHERS), "JSON-RPC error code."),
        Key::new("body", Shape::Either(&MATCHERS), "Body text."),
        Key::new(
            "retry_after",
            Shape::Either(&MATCHERS),
            "A duration, from seconds or a date.",
        ),
        Key::new(
            "pause",
            Shape::Either(&MATCHERS),
            "How long the answer asks to wait: Retry-After, else the reset of its rate headers.",
        ),
        Key::new(
            "rate",
            Shape::Map(&MATCHER_SHAPE),
            "Some statement about a limit satisfies all of it: `dialect` `policy` `limit` `remaining` `window` `reset` `unit` `beyond`.",
        ),
        Key::new(
            "rates",
            Shape::Table(&CHALLENGES),
            "All statements about limits: `each`, `any`, `none`, `count`.",
        ),
        Key::new(
            "duration",
            Shape::Either(&MATCHERS),
            "First byte sent to last byte read.",
        ),
        Key::new("connection", Shape::Either(&MATCHERS), "`reused` or `new`."),
        Key::new(
            "since",
            Shape::Map(&MATCHER_SHAPE),
            "Time since the end of a step: `since: { STEP: MATCHER }`.",
        ),
        Key::new(
            "access_token",
            Shape::Either(&MATCHERS),
            "The access token of a token answer.",
        ),
        Key::new("refresh_token", Shape::Either(&MATCHERS), "Its refresh token."),
        Key::new("id_token", Shape::Either(&MATCHERS), "Its ID token."),
        Key::new("token_type", Shape::Either(&MATCHERS), "Its token type."),
        Key::new(
            "expires_in",
            Shape::Either(&MATCHERS),
            "Its lifetime, in seconds as sent.",
        ),
        Key::new("scope", Shape::Either(&MATCHERS), "The scope that was granted."),
        Key::new(
            "client_id",
            Shape::Either(&MATCHERS),
            "The client id of a registration.",
        ),
        Key::new("client_secret", Shape::Either(&MATCHERS), "Its client secret."),
        Key::new(
            "error",
            Shape::Either(&MATCHERS),
            "The error code of an OAuth answer or callback.",
        ),
        Key::new("code", Shape::Either(&MATCHERS), "The code in a callback."),
        Key::new("state", Shape::Either(&MATCHERS), "The state in a callback."),
        Key::new(
            "iss",
            Shape::Either(&MATCHERS),
            "The issuer in a callback (RFC 9207).",
        ),
        Key::new("token", Shape::Either(&MATCHERS), "The token that `mint` made."),
        Key::new(
            "path",
            Shape::Either(&MATCHERS),
            "Path of a request that came to a listener.",
        ),
        Key::new(
            "signature",
            Shape::Map(&MATCHER_SHAPE),
            "What the signature of a delivery is worth: `valid` `why` `id` `timestamp` `age` (seconds, to its arrival) `count` `versions` `signers` (places of keys in `secret`).",
        ),
        Key::new(
            "forms",
            Shape::Table(&EXPECT),
            "The answers to the forms that were sent on the way to consent, as a series: `each`, `any`, `none`, `count`.",
        ),
        Key::new(
            "callback",
            Shape::Map(&MATCHER_SHAPE),
            "The redirect URI that was sent, or one on its host, was called with these parameters; `to` is the URI, `exact` whether it is the one that was sent, `place` is `query` or `fragment`. `{ exists: false }`: it was not.",
        ),
        Key::new(
            "jwt",
            Shape::Table(&JWT),
            "Header and claims of a token of the answer.",
        ),
        Key::new(
            "method",
            Shape::Either(&MATCHERS),
            "HTTP method of a request that came.",
        ),
        Key::new(
            "form",
            Shape::Map(&MATCHER_SHAPE),
            "Members of the form in the body of a request that came.",
        ),
        Key::new(
            "query",
            Shape::Map(&MATCHER_SHAPE),
            "Members of the query of a request that came.",
        ),
        Key::new("exit", Shape::Either(&MATCHERS), "Exit status of a command."),
        Key::new(
            "end",
            Shape::Either(&MATCHERS),
            "How a command ended: `exit`, `signal`, `killed` (by the plan), `time-out`.",
        ),
        Key::new(
            "files",
            Shape::Table(&CHALLENGES),
            "The files that an agent has left in its folders: `path` `folder` (`state`, `home`, `temporary`) `mode` (octal text) `size` `holds` (names of the secrets found in it).",
        ),
        Key::new("output", Shape::Either(&MATCHERS), "Output of a command."),
        Key::new(
            "each",
            Shape::Table(&EXPECT),
            "Every element of the series; over nothing a miss.",
        ),
        Key::new("any", Shape::Table(&EXPECT), "Some element."),
        Key::new("none", Shape::Table(&EXPECT), "No element."),
        Key::new("first", Shape::Table(&EXPECT), "The first element."),
        Key::new("last", Shape::Table(&EXPECT), "The last element."),
        Key::new(
            "median",
            Shape::Table(&EXPECT),
            "The element of median duration: steadier than any single one.",
        ),
        Key::new(
            "count",
            Shape::Any,
            "How many: a matcher, or `{ of, within, is }`.",
        ),
        Key::new(
            "event",
            Shape::Table(&EXPECT),
            "The events of an event stream as a series: `each`, `any`, `none`, `first`, `last` or `count`; inside, `json` and `body` are an event's data, `headers` its fields `event` and `id`, `duration` the time until it came.",
        ),
        Key::new(
            "gaps",
            Shape::Either(&MATCHERS),
            "The times between one element of the series and the next; each of them satisfies it.",
        ),
        Key::new(
            "frame",
            Shape::Table(&EXPECT),
            "What came on a WebSocket as a series, like `event`; inside, `json` and `body` are the data, `headers` has `type`: `text`, `binary`, `ping` or `pong`.",
        ),
        Key::new(
            "close",
            Shape::Either(&MATCHERS),
            "How it ended: the code of a WebSocket (1005: none was sent, 1006: no close frame), `ended` or `broken` of an event stream. Absent while it is open.",
        ),
        Key::new(
            "entropy",
            Shape::Table(&ENTROPY),
            "What guessing one of the values costs, in bits.",
        ),
        Key::new(
            "pace",
            Shape::Table(&PACE),
            "Two kinds of calls in each round take equally long, as far as a rank test can tell.",
        ),
    ],
};

/// `answer`.
pub(crate) static ANSWER: Table = Table {
    name: "answer comparison",
    doc: "Alike but for what differs by nature (Date, ids).",
    rest: None,
    keys: &[
        Key::new("same_as", Shape::Text, "The other step."),
        Key::new("differs_from", Shape::Text, "The other step."),
        Key::new(
            "except",
            Shape::OneOrMany(&TEXT),
            "Parts left out: `headers.X-Foo`.",
        ),
    ],
};

/// `challenges`.
pub(crate) static CHALLENGES: Table = Table {
    name: "list of an answer",
    doc: "One quantifier over all challenges, or all statements about limits.",
    rest: None,
    keys: &[
        Key::new("each", Shape::Map(&MATCHER_SHAPE), "All satisfy it."),
        Key::new("any", Shape::Map(&MATCHER_SHAPE), "Some satisfies it."),
        Key::new("none", Shape::Map(&MATCHER_SHAPE), "None satisfies it."),
        Key::new("count", Shape::Either(&MATCHERS), "How many there are."),
    ],
};

/// `count`.
pub(crate) static COUNT: Table = Table {
    name: "count",
    doc: "How many elements satisfy `of`.",
    rest: None,
    keys: &[
        Key::new(
            "of",
            Shape::Table(&EXPECT),
            "What an element must satisfy; all count without it.",
        ),
        Key::new(
            "within",
            Shape::Duration,
            "Counts the most in any span of this length instead of all.",
        ),
        Key::required("is", Shape::Either(&MATCHERS), "A number, a range or a share."),
    ],
};

/// `pace`.
pub(crate) static PACE: Table = Table {
    name: "pace",
    doc: "Steps of a round whose times are compared, round by round: at least 40 rounds, five standard deviations, a tenth of the whole.",
    rest: None,
    keys: &[
        Key::required("of", Shape::OneOrMany(&TEXT), "Names of steps in the round."),
        Key::required("like", Shape::OneOrMany(&TEXT), "Those they are compared with."),
    ],
};

/// `entropy`.
pub(crate) static ENTROPY: Table = Table {
    name: "entropy",
    doc: "Bits of one value of each element; repeats are 0 bits.",
    rest: None,
    keys: &[
        Key::required(
            "of",
            Shape::Either(&[Shape::Word(PLAIN_SELECTORS), Shape::Table(&CAPTURE)]),
            "Which value of each element.",
        ),
        Key::required("bits", Shape::Either(&MATCHERS), "How many bits."),
    ],
};
