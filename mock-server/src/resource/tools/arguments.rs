//! Reading a call's arguments. Numbers and booleans may come as text: the REST door has nothing else.

use serde_json::{Map, Value};

use super::ToolError;
use crate::platform::{Entity, Role, Scope, ScopeError, parse_stamp};

/// The arguments of one call.
#[derive(Clone, Copy)]
pub(super) struct Arguments<'a>(&'a Map<String, Value>);

fn wrong(name: &str, what: &str) -> ToolError {
    ToolError::BadArguments(format!("{name}: {what}"))
}

impl<'a> Arguments<'a> {
    pub(super) fn new(given: &'a Map<String, Value>) -> Arguments<'a> {
        Arguments(given)
    }

    /// A text that must be there.
    pub(super) fn text(self, name: &str) -> Result<&'a str, ToolError> {
        self.optional(name)?.ok_or_else(|| wrong(name, "is required"))
    }

    /// A text that may be missing or null.
    pub(super) fn optional(self, name: &str) -> Result<Option<&'a str>, ToolError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name, "must be a string")),
        }
    }

    pub(super) fn owned(self, name: &str) -> Result<Option<String>, ToolError> {
        Ok(self.optional(name)?.map(str::to_owned))
    }

    /// A whole number, not negative.
    pub(super) fn number(self, name: &str) -> Result<Option<usize>, ToolError> {
        let number = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Number(number)) => number.as_u64().and_then(|number| usize::try_from(number).ok()),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        number
            .map(Some)
            .ok_or_else(|| wrong(name, "must be a whole number"))
    }

    /// Whether a destructive action is confirmed, with `true` or `"true"`.
    pub(super) fn confirmed(self) -> Result<(), ToolError> {
        match self.0.get("confirm") {
            Some(Value::Bool(true)) => Ok(()),
            Some(Value::String(text)) if text == "true" => Ok(()),
            _ => Err(wrong(
                "confirm",
                "must be \"true\", because the action is destructive",
            )),
        }
    }

    /// Scopes: a list of texts, one text, or a list written as JSON text. An empty text is an empty list.
    /// `read` makes a scope of one text.
    pub(super) fn scopes_by(
        self,
        name: &str,
        read: fn(&str) -> Result<Scope, ScopeError>,
    ) -> Result<Option<Vec<Scope>>, ToolError> {
        let parsed: Value;
        let value = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) if text.is_empty() => return Ok(Some(Vec::new())),
            Some(Value::String(text)) if text.trim_start().starts_with('[') => {
                parsed = serde_json::from_str(text).map_err(|_| wrong(name, "is not a JSON list"))?;
                &parsed
            }
            Some(value) => value,
        };
        let texts: Vec<&str> = match value {
            Value::String(text) => vec![text],
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
            _ => return Err(wrong(name, "must be a list of entity:id:mode")),
        };
        if value.as_array().is_some_and(|items| items.len() != texts.len()) {
            return Err(wrong(name, "must be a list of entity:id:mode"));
        }
        let scopes: Result<Vec<Scope>, _> = texts.into_iter().map(read).collect();
        scopes.map(Some).map_err(|error| wrong(name, &error.to_string()))
    }

    /// A time as the platform writes it, in Unix seconds; `Some(None)` for the empty text.
    #[expect(clippy::option_option, reason = "left as it is, taken away, or set")]
    pub(super) fn time(self, name: &str) -> Result<Option<Option<i64>>, ToolError> {
        match self.optional(name)? {
            None => Ok(None),
            Some("") => Ok(Some(None)),
            Some(text) => match parse_stamp(text) {
                Some(seconds) => Ok(Some(Some(seconds))),
                None => Err(wrong(name, "must be written as 2026-12-31 23:59:59 UTC")),
            },
        }
    }

    /// The workspace a storage call is about: `profile_id` of a `profile_type` that is `workspace`.
    pub(super) fn workspace(self) -> Result<&'a str, ToolError> {
        self.profile_type()?;
        self.text("profile_id")
    }

    /// The share a storage call is about, where `profile_type` is `share`.
    pub(super) fn share(self) -> Result<Option<&'a str>, ToolError> {
        match self.optional("profile_type")? {
            Some("share") => self.text("profile_id").map(Some),
            _ => Ok(None),
        }
    }

    /// The same where all workspaces are meant when none is named.
    pub(super) fn any_workspace(self) -> Result<Option<&'a str>, ToolError> {
        self.profile_type()?;
        match self.0.get("profile_id") {
            None => Ok(None),
            Some(_) => self.text("profile_id").map(Some),
        }
    }

    /// Whether a workspace is given that names none: null, nothing or a star.
    pub(super) fn names_no_workspace(self) -> bool {
        match self.0.get("profile_id") {
            Some(Value::Null) => true,
            Some(Value::String(text)) => text.is_empty() || text == "*",
            _ => false,
        }
    }

    /// Words: a list of texts, one text, or a list written as JSON text. An empty text is an empty list.
    pub(super) fn words(self, name: &str) -> Result<Option<Vec<String>>, ToolError> {
        let parsed: Value;
        let value = match self.0.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) if text.is_empty() => return Ok(Some(Vec::new())),
            Some(Value::String(text)) if text.trim_start().starts_with('[') => {
                parsed = serde_json::from_str(text).map_err(|_| wrong(name, "is not a JSON list"))?;
                &parsed
            }
            Some(value) => value,
        };
        let words: Option<Vec<String>> = match value {
            Value::String(text) => Some(vec![text.clone()]),
            Value::Array(items) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect(),
            _ => None,
        };
        words
            .map(Some)
            .ok_or_else(|| wrong(name, "must be a list of texts"))
    }

    /// Yes or no, which REST writes as text.
    pub(super) fn flag(self, name: &str) -> Result<bool, ToolError> {
        match self.0.get(name) {
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) if text == "true" => Ok(true),
            Some(Value::String(text)) if text == "false" => Ok(false),
            None | Some(Value::Null) => Err(wrong(name, "is required")),
            Some(_) => Err(wrong(name, "must be true or false")),
        }
    }

    /// Ids in a list that may be missing.
    pub(super) fn some_ids(self, name: &str) -> Result<Vec<&'a str>, ToolError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(_) => self.ids(name),
        }
    }

    /// Ids in a list; at least one.
    pub(super) fn ids(self, name: &str) -> Result<Vec<&'a str>, ToolError> {
        let ids: Option<Vec<&str>> = self
            .0
            .get(name)
            .and_then(Value::as_array)
            .map(|items| items.iter().filter_map(Value::as_str).collect());
        match ids {
            Some(ids) if !ids.is_empty() && ids.len() <= 100 => Ok(ids),
            _ => Err(wrong(name, "must be a list of 1 to 100 ids")),
        }
    }

    /// The organisation or workspace a call about members names.
    pub(super) fn entity(self) -> Result<(Entity, &'a str), ToolError> {
        let entity = match self.text("entity_type")? {
            "org" => Entity::Org,
            "workspace" => Entity::Workspace,
            _ => return Err(wrong("entity_type", "must be org or workspace")),
        };
        Ok((entity, self.text("entity_id")?))
    }

    /// A role below the owner's.
    pub(super) fn role(self) -> Result<Role, ToolError> {
        match self.text("role")? {
            "guest" => Ok(Role::Guest),
            "member" => Ok(Role::Member),
            "admin" => Ok(Role::Admin),
            _ => Err(wrong("role", "must be guest, member or admin")),
        }
    }

    fn profile_type(self) -> Result<(), ToolError> {
        match self.optional("profile_type")? {
            None | Some("workspace") => Ok(()),
            Some("share") => Err(wrong("profile_type", "share: only for storage list and content")),
            Some(_) => Err(wrong("profile_type", "must be workspace or share")),
        }
    }
}
