//! What scenario files may hold: one table per mapping, with the sentence an editor shows for each key.

mod agent;
mod expect;
mod kinds;
mod live;
mod load;
mod matcher;
mod oauth;
mod results;
mod scenario;
mod shapes;
mod step;
mod webhook;
mod words;

pub(crate) use agent::{AGENT, DUE, ENDED, PLAN, REDIRECT, REPLY, REQUESTS, TASK, WHEN, WORLD};
pub use agent::{DROPS, DUE_FORMS, MOMENTS, PARTS, PLACES, STARTS, TASKS};
pub(crate) use expect::{ANSWER, CHALLENGES, COUNT, ENTROPY, EXPECT, PACE};
pub(crate) use kinds::{EXEC, HTTP, LIKE, MCP, RAW, USE, WAIT};
pub(crate) use live::{EVENTS, SOCKET};
pub(crate) use load::{
    BOUND, CALLERS, DURING, FLEET, INVARIANT, INVARIANTS, LOAD, MIX, NUMBERS, OF, PHASE, SHARES, THRESHOLD, TIMES,
    USERS,
};
pub(crate) use matcher::{MATCHER, NEAR};
pub(crate) use oauth::{
    ASSERTION, CLIENT, JWT, MINT, OAUTH, RAW_TOKEN, ROUTE, SERVE, SIGN, SIGNED_WITH, words_of,
};
pub(crate) use results::{CAPTURE, MEASURE, MEASURE_TO};
pub(crate) use scenario::{CASE, SCENARIO};
pub(crate) use step::{OVER, STEP, TOKEN};
pub(crate) use webhook::{CHALLENGE_ANSWER, ECHOES, INBOX_ANSWER, INBOX_SORTS, SIGNATURE, WEBHOOK};
pub use words::{
    AUTHENTICATIONS, CONNECTIONS, CONSENTS, CREDENTIALS, DECISIONS, DOCUMENTS, ENDS, ERAS, GRADES, KINDS,
    LATER_KINDS, LATER_SELECTORS, LEVELS, OAUTH_SELECTORS, ONCE_PER_ERA, OUTCOMES, PLAIN_SELECTORS,
    REVISIONS, SENDINGS, STATELESS_FROM, STOPS, STREAMABLE_FROM, SUBJECTS, TOKENS, TYPES, VERBS,
};
