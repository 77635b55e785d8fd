//! What became of a call, in one word.

use std::fmt;

macro_rules! classes {
    ($($(#[$doc:meta])+ $name:ident $word:literal;)+) => {
        /// What became of a call. Each call is counted under exactly one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Class { $($(#[$doc])+ $name,)+ }

        impl Class {
            /// All of them, in the order of reports.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word in reports, thresholds and metrics.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }
        }
    };
}

classes! {
    /// Answered as asked, and every check held.
    Ok "ok";
    /// HTTP 401.
    Unauthorized "401";
    /// HTTP 403.
    Forbidden "403";
    /// HTTP 429.
    TooMany "429";
    /// Any other HTTP 4xx.
    Client "4xx";
    /// HTTP 5xx.
    Server "5xx";
    /// A status that answers no call: 1xx, 3xx, 2xx without an answer in it.
    Status "status";
    /// A JSON-RPC error.
    Rpc "rpc-error";
    /// A tool result with `isError`.
    Tool "tool-error";
    /// A journey in which something did not hold.
    Journey "journey";
    /// Data in it that belongs to somebody else, or none of the caller's own: the canary predicate does not hold.
    Foreign "foreign";
    /// A credential of somebody's in it.
    Leaked "leaked";
    /// Done for a credential that is not good, or no more.
    WronglyDone "wrongly-done";
    /// Refused, as it should be: the credential is not good, or no more.
    RightlyRefused "rightly-refused";
    /// No connection: refused, unreachable, no such name.
    Refused "refused";
    /// No TLS: a handshake that failed.
    Tls "tls";
    /// The connection was reset or closed before any of the answer came.
    Reset "reset";
    /// Not answered in time.
    Timeout "timeout";
    /// The answer ended before it was complete.
    Cut "cut-short";
    /// Not HTTP, not JSON, not JSON-RPC, or larger than is read.
    Malformed "malformed";
    /// An answer to another request.
    WrongId "wrong-id";
    /// Due and never sent, because the plan allows to drop.
    Dropped "dropped";
    /// Begun or waiting when the run was stopped.
    Unfinished "unfinished";
}

impl Class {
    /// The class that a status alone decides; `None` where the body decides.
    pub const fn of_status(status: u16) -> Option<Self> {
        match status {
            200 => None,
            401 => Some(Self::Unauthorized),
            403 => Some(Self::Forbidden),
            429 => Some(Self::TooMany),
            400..=499 => Some(Self::Client),
            500..=599 => Some(Self::Server),
            _ => Some(Self::Status),
        }
    }

    /// Whether its time belongs among the response times. A fast refusal must not improve a percentile, and a call
    /// that was given up must not be missing from it: it counts with the time at which it was given up.
    pub const fn is_timed(self) -> bool {
        matches!(self, Self::Ok | Self::Timeout)
    }

    /// Whether it counts against `errors`. What a person stopped is nobody's error, and
    /// neither is a refusal that was due.
    pub const fn is_error(self) -> bool {
        !matches!(self, Self::Ok | Self::RightlyRefused | Self::Unfinished)
    }

    const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A number for each class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts([u64; Class::ALL.len()]);

impl Default for Counts {
    fn default() -> Self {
        Self([0; Class::ALL.len()])
    }
}

impl Counts {
    /// One more.
    pub fn note(&mut self, class: Class) {
        self.0[class.index()] += 1;
    }

    /// How many of this class.
    pub fn of(&self, class: Class) -> u64 {
        self.0[class.index()]
    }

    /// How many in all.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// How many count against `errors`.
    pub fn errors(&self) -> u64 {
        self.each()
            .filter(|(class, _)| class.is_error())
            .map(|(_, n)| n)
            .sum()
    }

    /// Those that occurred, in the order of reports.
    pub fn each(&self) -> impl Iterator<Item = (Class, u64)> {
        Class::ALL
            .iter()
            .map(|class| (*class, self.of(*class)))
            .filter(|(_, n)| *n > 0)
    }

    /// Adds another account.
    pub fn add(&mut self, other: &Self) {
        for (mine, more) in self.0.iter_mut().zip(other.0) {
            *mine += more;
        }
    }

    /// Back to nothing.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_a_place_and_a_word_of_its_own() {
        let mut counts = Counts::default();
        for (index, class) in Class::ALL.iter().enumerate() {
            assert_eq!(class.index(), index);
            counts.note(*class);
        }
        assert!(Class::ALL.iter().all(|class| counts.of(*class) == 1));
        let words: std::collections::BTreeSet<_> = Class::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(words.len(), Class::ALL.len());
        assert_eq!(counts.errors(), counts.total() - 3);
    }

    #[test]
    fn statuses() {
        let table = [
            (200, None),
            (202, Some(Class::Status)),
            (302, Some(Class::Status)),
            (400, Some(Class::Client)),
            (401, Some(Class::Unauthorized)),
            (403, Some(Class::Forbidden)),
            (404, Some(Class::Client)),
            (429, Some(Class::TooMany)),
            (500, Some(Class::Server)),
            (503, Some(Class::Server)),
            (999, Some(Class::Status)),
        ];
        for (status, class) in table {
            assert_eq!(Class::of_status(status), class, "{status}");
        }
    }
}
