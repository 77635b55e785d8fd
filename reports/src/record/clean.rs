//! The text type of the record. May be made by the scrubber and by reading a record back, by nothing else.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Text that passed the scrubber: no secret of the run is in it, in any encoding.
///
/// Only two things make one: [`Clean::vouched`], called by the harness' secret room alone, and reading a record
/// back (it was clean when it was written). The empty text is clean as well.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Clean(String);

impl Clean {
    /// Vouches that `text` holds no secret. For the scrubber only; a test of the harness reads the sources for
    /// any other caller.
    pub fn vouched(text: String) -> Clean {
        Clean(text)
    }

    /// The text. It may hold any character a peer can send, so every renderer escapes it for its own format.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
