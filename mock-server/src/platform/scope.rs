//! What a credential may touch: `entity:id:mode`, such as `workspace:4000000000000000001:rw` or `user:*:r`.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// The kind of thing a scope names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Entity {
    /// The account: everything the user is a member of.
    User,
    /// An organisation and its workspaces.
    Org,
    /// A workspace and its shares.
    Workspace,
    /// One share.
    Share,
    /// The account's own settings, which `user` does not contain.
    UserDetails,
}

/// How much a scope allows. `Rwa` contains `Rw`, which contains `R`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Read.
    R,
    /// Read and write.
    Rw,
    /// Read, write and administer.
    Rwa,
}

/// One grant of a credential.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope {
    /// What kind of thing.
    pub entity: Entity,
    /// Which one; `None` is written `*` and means all the user may reach.
    pub id: Option<String>,
    /// How much.
    pub mode: Mode,
}

/// Why a text is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// Not three parts between colons.
    #[error("`{0}` is not entity:id:mode")]
    Shape(String),
    /// The first part is no entity.
    #[error("unknown scope entity `{0}`")]
    Entity(String),
    /// The second part is neither 19 digits nor `*`.
    #[error("scope id `{0}` is neither 19 digits nor *")]
    Id(String),
    /// The third part is not `r`, `rw` or `rwa`.
    #[error("unknown scope mode `{0}`")]
    Mode(String),
}

impl Scope {
    /// A grant on one thing.
    pub fn on(entity: Entity, id: &str, mode: Mode) -> Scope {
        Scope {
            entity,
            id: Some(id.to_owned()),
            mode,
        }
    }

    /// A grant on all things of a kind.
    pub fn all(entity: Entity, mode: Mode) -> Scope {
        Scope {
            entity,
            id: None,
            mode,
        }
    }

    /// What a reader takes a text for that looks for the words of a scope anywhere in it and in any case; what the
    /// defect `scope-substring` does.
    ///
    /// # Errors
    /// For a text that is no scope even so.
    pub fn loosely(text: &str) -> Result<Scope, ScopeError> {
        let lower = text.to_ascii_lowercase();
        let parts: Vec<&str> = lower.split(':').collect();
        let [entity, id, mode] = parts.as_slice() else {
            return Err(ScopeError::Shape(text.to_owned()));
        };
        let entity = [Entity::Workspace, Entity::Org, Entity::Share, Entity::User]
            .into_iter()
            .find(|known| entity.contains(known.word()))
            .ok_or_else(|| ScopeError::Entity(text.to_owned()))?;
        let mode = [Mode::Rwa, Mode::Rw, Mode::R]
            .into_iter()
            .find(|known| mode.contains(known.word()))
            .ok_or_else(|| ScopeError::Mode(text.to_owned()))?;
        Ok(Scope {
            entity,
            id: parse_id(id)?,
            mode,
        })
    }

    /// Whether this grant names that thing, whatever the mode. Inheritance is the caller's business.
    pub fn names(&self, entity: Entity, id: &str) -> bool {
        self.entity == entity && self.id.as_deref().is_none_or(|own| own == id)
    }
}

impl Entity {
    /// The word used in a scope.
    pub fn word(self) -> &'static str {
        match self {
            Entity::User => "user",
            Entity::Org => "org",
            Entity::Workspace => "workspace",
            Entity::Share => "share",
            Entity::UserDetails => "userdetails",
        }
    }
}

impl Mode {
    /// The word used in a scope.
    pub fn word(self) -> &'static str {
        match self {
            Mode::R => "r",
            Mode::Rw => "rw",
            Mode::Rwa => "rwa",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}",
            self.entity.word(),
            self.id.as_deref().unwrap_or("*"),
            self.mode.word()
        )
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Scope, ScopeError> {
        let mut parts = text.split(':');
        let (Some(entity), Some(id), Some(mode), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(ScopeError::Shape(text.to_owned()));
        };
        Ok(Scope {
            entity: entity.parse()?,
            id: parse_id(id)?,
            mode: mode.parse()?,
        })
    }
}

impl FromStr for Entity {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Entity, ScopeError> {
        [
            Entity::User,
            Entity::Org,
            Entity::Workspace,
            Entity::Share,
            Entity::UserDetails,
        ]
        .into_iter()
        .find(|entity| entity.word() == text)
        .ok_or_else(|| ScopeError::Entity(text.to_owned()))
    }
}

impl FromStr for Mode {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Mode, ScopeError> {
        [Mode::R, Mode::Rw, Mode::Rwa]
            .into_iter()
            .find(|mode| mode.word() == text)
            .ok_or_else(|| ScopeError::Mode(text.to_owned()))
    }
}

fn parse_id(text: &str) -> Result<Option<String>, ScopeError> {
    match text {
        "*" => Ok(None),
        id if id.len() == 19 && id.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Some(id.to_owned())),
        other => Err(ScopeError::Id(other.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wrong_scopes_say_what_is_wrong() {
        for (text, message) in [
            ("", "`` is not entity:id:mode"),
            ("workspace:*", "`workspace:*` is not entity:id:mode"),
            ("workspace:*:r:r", "`workspace:*:r:r` is not entity:id:mode"),
            ("Workspace:*:r", "unknown scope entity `Workspace`"),
            ("workspace:12:r", "scope id `12` is neither 19 digits nor *"),
            ("workspace::r", "scope id `` is neither 19 digits nor *"),
            (
                "workspace:１234567890123456789:r",
                "scope id `１234567890123456789` is neither 19 digits nor *",
            ),
            ("org:*:ra", "unknown scope mode `ra`"),
            ("org:*:", "unknown scope mode ``"),
        ] {
            assert_eq!(
                text.parse::<Scope>().map_err(|error| error.to_string()),
                Err(message.to_owned())
            );
        }
    }

    proptest! {
        #[test]
        fn a_written_scope_reads_back(
            entity in prop::sample::select(vec!["user", "org", "workspace", "share", "userdetails"]),
            id in prop_oneof![Just("*".to_owned()), "[0-9]{19}"],
            mode in prop::sample::select(vec!["r", "rw", "rwa"]),
        ) {
            let text = format!("{entity}:{id}:{mode}");
            let scope: Scope = text.parse().unwrap();
            prop_assert_eq!(scope.to_string(), text);
        }

        #[test]
        fn whatever_parses_is_what_was_written(text in "[a-z]{3,11}:[0-9*]{1,20}:[rwa]{1,3}|.{0,40}") {
            if let Ok(scope) = text.parse::<Scope>() {
                prop_assert_eq!(scope.to_string(), text);
            }
        }
    }
}
