//! Rules profiles: which promises bind beyond the standards.

/// A named set of promises (`rules-profile:` in the target file, `--rules-profile`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// What Fast.io's published guides promise; contains [`Profile::OAuth21`].
    SeedFastio,
    /// The OAuth 2.1 draft and the drafts it builds on bind like standards.
    OAuth21,
    /// Webhooks follow Standard Webhooks 1.0.0.
    StandardWebhooks,
}

impl Profile {
    /// Every profile, in the order of the documentation.
    pub const ALL: [Profile; 3] = [Profile::SeedFastio, Profile::OAuth21, Profile::StandardWebhooks];

    /// The word used in files and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Profile::SeedFastio => "seed-fastio",
            Profile::OAuth21 => "oauth21",
            Profile::StandardWebhooks => "standard-webhooks",
        }
    }

    /// The profile a word names.
    pub fn parse(word: &str) -> Option<Profile> {
        Profile::ALL.into_iter().find(|profile| profile.as_str() == word)
    }

    /// Whether this profile binds whatever `other` binds.
    pub fn contains(self, other: Profile) -> bool {
        self == other || (self == Profile::SeedFastio && other == Profile::OAuth21)
    }
}
