//! What can go wrong with a vault, said so that it can be mended. No message holds anything that was in it.

use std::path::PathBuf;
use std::time::Duration;

/// Why a vault did not do what was asked. What was committed before is still there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Not a name.
    #[error("`{name}` is no name for a login: lower-case letters, digits, `-` and `_`, at most 64")]
    BadName {
        /// What was written.
        name: String,
    },
    /// An address that no store answers to.
    #[error("`{url}` is no vault that this version knows: write file:/PATH")]
    UnknownStore {
        /// What was written.
        url: String,
    },
    /// Others may read it.
    #[error("{} can be read by others (mode {mode:04o}); type: chmod {wanted} {}", path.display(), path.display())]
    Open {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// What it should be.
        wanted: &'static str,
    },
    /// Somebody else's.
    #[error("{} belongs to another user (uid {uid})", path.display())]
    Foreign {
        /// Which.
        path: PathBuf,
        /// Whose.
        uid: u32,
    },
    /// No space.
    #[error("no space left for {}: {what}", path.display())]
    Full {
        /// Where.
        path: PathBuf,
        /// What that means here.
        what: &'static str,
    },
    /// The system refused.
    #[error("cannot {doing} {}: {why}", path.display())]
    Io {
        /// Verb.
        doing: &'static str,
        /// What.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// Not the key it was sealed with.
    #[error("{} was sealed with another key ({found}) than the one at hand ({at_hand}, {origin}){advice}", path.display())]
    OtherKey {
        /// Which.
        path: PathBuf,
        /// The vault's public key, or "unknown".
        found: String,
        /// The public key of the one at hand.
        at_hand: String,
        /// Where that one is from.
        origin: &'static str,
        /// What to do, with its separator.
        advice: String,
    },
    /// No key anywhere.
    #[error("{why}; {advice}")]
    NoKey {
        /// Where it was looked for.
        why: String,
        /// What to do.
        advice: String,
    },
    /// Not a key.
    #[error("{place} holds no key: {why}; a key is one line AGE-SECRET-KEY-1…, as `age-keygen` writes it")]
    BadKey {
        /// Where it was found.
        place: String,
        /// What is wrong.
        why: &'static str,
    },
    /// Cut short or changed.
    #[error("{} is damaged ({why}); `hallmark login --as {name}` makes it anew", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        why: String,
        /// Whose.
        name: String,
    },
    /// Of a later version.
    #[error("{} has format {found}, this version reads {known}: use a newer hallmark", path.display())]
    Newer {
        /// Which.
        path: PathBuf,
        /// What it says.
        found: u32,
        /// What is known.
        known: u32,
    },
    /// Somebody refreshes.
    #[error("the login `{name}` is being refreshed by {owner}, at most for {left:?} more")]
    Held {
        /// Which.
        name: String,
        /// By whom.
        owner: String,
        /// How long that can last.
        left: Duration,
    },
    /// Too late.
    #[error(
        "the lease {own} on the login `{name}` was taken over (now {present}): what was about to be written is dropped"
    )]
    Fenced {
        /// Which.
        name: String,
        /// The number it was made under.
        own: u64,
        /// The number now.
        present: u64,
    },
    /// Somebody stands in the door.
    #[error("{} has been locked by another process for {after:?}: is one stopped there?", path.display())]
    Stuck {
        /// Which.
        path: PathBuf,
        /// How long it was tried.
        after: Duration,
    },
    /// A bug, or a runtime that ends.
    #[error("the vault's work was cut off")]
    CutOff,
}

impl VaultError {
    pub(super) fn io(doing: &'static str, path: &std::path::Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        if matches!(error.kind(), StorageFull | QuotaExceeded) {
            return VaultError::Full {
                path: path.to_owned(),
                what: "what was there is untouched",
            };
        }
        VaultError::Io {
            doing,
            path: path.to_owned(),
            why: error.to_string(),
        }
    }
}
