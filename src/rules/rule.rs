//! One rule and what a miss of it means.

use std::collections::BTreeMap;
use std::fmt;

use super::{Profile, Wording};
use crate::scenario::model::{At, Level};

/// A rule of the catalogue. Live rules carry texts; planned and retired ones are short records.
#[derive(Debug, Clone)]
pub struct Rule {
    /// `BEARER-08`; stable for ever.
    pub id: String,
    /// Other ids of the same requirement.
    pub aliases: Vec<String>,
    /// Whether a scenario judges it.
    pub status: Status,
    /// One line, without a full stop.
    pub title: String,
    /// Who is judged; at least one.
    pub subjects: Vec<Subject>,
    /// How strongly it binds.
    pub level: LevelBy,
    /// What it rests on.
    pub basis: Basis,
    /// What a miss means where the basis has no keyword of its own (`guide`).
    pub miss: Option<Miss>,
    /// 1 first, 2 next, 3 optional.
    pub tier: u8,
    /// What it takes to judge it.
    pub judge: Judge,
    /// The clauses.
    pub sources: Vec<Source>,
    /// The requirement in a sentence or two.
    pub statement: Option<Wording>,
    /// What goes wrong in production when it is broken.
    pub why: Option<String>,
    /// How it is tested, from outside.
    pub tested: Option<String>,
    /// What makes a server that breaks it right.
    pub fix: Option<String>,
    /// What broken and right look like on the wire.
    pub example: Option<Example>,
    /// Parameters with their defaults.
    pub params: BTreeMap<String, serde_json::Value>,
    /// Named misbehaviours of the mock that break it.
    pub defects: Vec<RuleDefect>,
    /// `BEARER`.
    pub family: String,
    /// Where the record starts.
    pub at: At,
}

impl Rule {
    /// The level in an MCP revision; `None` where the rule does not apply to it.
    pub fn level_in(&self, revision: &str) -> Option<Level> {
        match &self.level {
            LevelBy::All(level) => Some(*level),
            LevelBy::Revision(levels) => levels.get(revision).copied(),
        }
    }

    /// The words in an MCP revision; the title where the rule has no text yet.
    pub fn statement_in(&self, revision: &str) -> &str {
        self.statement
            .as_ref()
            .map_or(&self.title, |statement| statement.in_revision(revision))
    }

    /// What a miss means for a check judged at `level` (the rule's own, or one that a case or step set).
    ///
    /// | basis | MUST | SHOULD | MAY |
    /// |---|---|---|---|
    /// | standard, grammar, harness | failed | warned | info |
    /// | draft | failed with profile `oauth21` or wider, else warned | warned | info |
    /// | profile | as a standard with `seed-fastio`, else info | | |
    /// | guide | what the record's `miss` says; a weaker level set by a case weakens it | | |
    ///
    /// `strict` turns warned into failed.
    pub fn on_miss(&self, level: Level, profile: Option<&Profile>, strict: bool) -> Miss {
        let binds = |wanted: Profile| profile.is_some_and(|profile| profile.contains(wanted));
        let miss = match self.basis {
            Basis::Standard | Basis::Grammar | Basis::Harness => by_keyword(level),
            Basis::Draft if binds(Profile::OAuth21) => by_keyword(level),
            Basis::Draft => by_keyword(level).min(Miss::Warned),
            Basis::Profile if binds(Profile::SeedFastio) => by_keyword(level),
            Basis::Profile => Miss::Info,
            Basis::Guide => {
                let own = self.miss.unwrap_or(Miss::Warned);
                if self.level.names(level) {
                    own
                } else {
                    own.min(by_keyword(level))
                }
            }
        };
        if strict && miss == Miss::Warned {
            Miss::Failed
        } else {
            miss
        }
    }

    /// The rule's id or one of its aliases, without regard to case.
    pub fn is_called(&self, name: &str) -> bool {
        self.id.eq_ignore_ascii_case(name)
            || self.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    }
}

fn by_keyword(level: Level) -> Miss {
    match level {
        Level::Must => Miss::Failed,
        Level::Should => Miss::Warned,
        Level::May => Miss::Info,
    }
}

/// The verdict of a check whose expectation was missed. Ordered from mild to severe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Miss {
    /// Worth saying, binds nobody.
    Info,
    /// A recommendation was missed.
    Warned,
    /// A requirement was broken.
    Failed,
}

/// A level, or a level by MCP revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LevelBy {
    /// The same in every revision.
    All(Level),
    /// By revision; one that is absent does not have the rule.
    Revision(BTreeMap<String, Level>),
}

impl LevelBy {
    /// Whether this level occurs.
    pub fn names(&self, level: Level) -> bool {
        match self {
            LevelBy::All(own) => *own == level,
            LevelBy::Revision(levels) => levels.values().any(|own| *own == level),
        }
    }

    /// The strongest level that occurs.
    pub fn strongest(&self) -> Option<Level> {
        match self {
            LevelBy::All(level) => Some(*level),
            LevelBy::Revision(levels) => levels.values().min().copied(),
        }
    }
}

impl fmt::Display for LevelBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LevelBy::All(level) => f.write_str(level_word(*level)),
            LevelBy::Revision(levels) => {
                for (index, (revision, level)) in levels.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}{} in {revision}", level_word(*level))?;
                }
                Ok(())
            }
        }
    }
}

/// The keyword of RFC 2119.
pub(crate) fn level_word(level: Level) -> &'static str {
    match level {
        Level::Must => "MUST",
        Level::Should => "SHOULD",
        Level::May => "MAY",
    }
}

/// The clause a rule rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// `RFC 9110`.
    pub doc: String,
    /// `11.1`, or a heading.
    pub section: Option<String>,
    /// How much of it was read when the rule was written.
    pub read: Reading,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.doc)?;
        match &self.section {
            Some(section) if section.starts_with(|c: char| c.is_ascii_digit()) => write!(f, " §{section}"),
            Some(section) => write!(f, ", {section}"),
            None => Ok(()),
        }
    }
}

/// A named misbehaviour that breaks the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleDefect {
    /// `scheme-exact`: `hallmark run --defect scheme-exact`.
    pub id: String,
    /// What it does; planned rules may leave it out.
    pub does: Option<String>,
    /// Other rules it necessarily breaks too.
    pub implies: Vec<String>,
}

/// Short wire excerpts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// What a server that breaks the rule says.
    pub broken: Option<String>,
    /// What a conforming one says.
    pub right: Option<String>,
}

/// Declares an enum of words used in the data, with a sentence each for the schema.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal : $about:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $(#[doc = $about] $variant,)* }

        impl $name {
            /// Every word with what it means.
            pub const WORDS: &'static [(&'static str, &'static str)] = &[$(($word, $about),)*];

            /// The word in the data.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// What the word means.
            pub fn about(self) -> &'static str {
                match self { $($name::$variant => $about,)* }
            }

            /// The variant a word names.
            pub fn parse(word: &str) -> Option<$name> {
                match word { $($word => Some($name::$variant),)* _ => None }
            }
        }
    };
}

words! {
    /// Where a rule stands.
    Status {
        Live = "live": "judged by at least one scenario",
        Planned = "planned": "in the catalogue; no scenario judges it yet",
        Retired = "retired": "no longer a rule; its id is not used again",
    }
}

words! {
    /// Who is judged.
    Subject {
        ResourceServer = "resource-server": "the server that holds the protected MCP endpoint",
        AuthorizationServer = "authorization-server": "the server that issues tokens",
        Client = "client": "an agent or SDK that calls",
        WebhookSender = "webhook-sender": "the side that delivers webhooks",
        WebhookReceiver = "webhook-receiver": "the side that accepts webhooks",
        Harness = "harness": "this program itself",
    }
}

words! {
    /// What a rule rests on.
    Basis {
        Standard = "standard": "a keyword in a published standard or MCP revision",
        Grammar = "grammar": "no keyword, but the grammar or a definition of a standard leaves no other reading",
        Draft = "draft": "an Internet-Draft; binds with the profile oauth21",
        Profile = "profile": "a promise of the profile seed-fastio alone; MCP itself does not ask for it",
        Guide = "guide": "security guidance and practice; no standard asks for it",
        Harness = "harness": "a duty of this program",
    }
}

words! {
    /// What it takes to judge a rule.
    Judge {
        Wire = "wire": "the wire, with one identity",
        Control = "control": "a second identity, a control hook or a declared fixture",
        Time = "time": "waiting, or a test clock",
        Load = "load": "many requests at once",
        Key = "key": "a signing key that the server trusts",
        Peer = "peer": "the harness plays the other side",
        Inside = "inside": "evidence from inside: logs, a store, a process table",
        Statistical = "statistical": "a statistical finding, at best informative",
        Person = "person": "a scripted browser or a person",
    }
}

words! {
    /// How much of a source was read when the rule was written.
    Reading {
        Full = "full": "the published text",
        Draft = "draft": "the last public draft",
        Excerpt = "excerpt": "an excerpt",
        Unread = "none": "nothing normative to read",
    }
}

impl Miss {
    /// The word in the data and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Miss::Failed => "failed",
            Miss::Warned => "warned",
            Miss::Info => "info",
        }
    }

    /// The miss a word names.
    pub fn parse(word: &str) -> Option<Miss> {
        [Miss::Failed, Miss::Warned, Miss::Info]
            .into_iter()
            .find(|miss| miss.as_str() == word)
    }
}
