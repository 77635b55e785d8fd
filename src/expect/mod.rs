//! Selectors × matchers over evidence → findings with expected, actual and where.
//!
//! May use `scenario` (the words), `wire`'s evidence types and the pure parsers of `mcp` and `oauth`. Must never send
//! anything, wait, or decide a verdict: it says what holds and what does not.

mod alike;
mod canary;
mod clause;
mod entropy;
mod event;
mod evidence;
mod gaps;
mod layers;
mod matcher;
mod oauth;
mod outcome;
mod pace;
mod path;
mod rate;
mod request;
mod schema;
mod sees;
mod selector;
mod series;
mod value;
mod words;

pub use alike::differences;
pub use canary::{Canaries, bytes_read};
pub use clause::{Judgement, Miss, Surroundings, judge, span_miss, unsent};
pub use evidence::{Evidence, Executed, Single};
pub use layers::ENCODINGS;
pub use oauth::Trace;
pub use outcome::Outcome;
pub use selector::{Selected, select};
pub use value::{Content, Unresolved, Value, parse_duration};
