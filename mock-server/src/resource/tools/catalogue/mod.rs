//! The 35 tools as data: sixteen pairs that read and manage, and three that stand alone.
//!
//! A row says what an action takes and does to the world; whether it works here is the business of `actions`.

mod listed;
mod manages;
mod reads;

use super::Effect;

/// One tool.
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) does: &'static str,
    /// Whether it reaches things outside the caller's own account (`openWorldHint`).
    pub(super) open_world: bool,
    pub(super) actions: &'static [Action],
}

/// One action of a tool.
pub(super) struct Action {
    pub(super) name: &'static str,
    pub(super) effect: Effect,
    /// Argument names with a blank between; a `?` at the end marks what may be left out.
    takes: &'static str,
    pub(super) does: &'static str,
}

const DESCRIBE: Action = read("describe", "", "Says what the actions are and what they take.");

impl Action {
    /// The arguments beside `action`: name, and whether it must be there.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&'static str, bool)> + use<> {
        self.takes
            .split_whitespace()
            .map(|name| (name.trim_end_matches('?'), !name.ends_with('?')))
    }
}

/// Every tool; reading ones first.
pub(super) fn tools() -> impl Iterator<Item = &'static Tool> {
    reads::TOOLS.iter().chain(manages::TOOLS)
}

/// The tool of this name.
pub(super) fn tool(name: &str) -> Option<&'static Tool> {
    tools().find(|tool| tool.name == name)
}

/// The actions of a tool, `describe` last.
pub(super) fn actions_of(tool: &Tool) -> impl Iterator<Item = &'static Action> + use<> {
    let listed = listed::of(tool.name).iter();
    tool.actions
        .iter()
        .chain(listed)
        .chain(std::iter::once(&DESCRIBE))
}

/// The action of this name.
pub(super) fn action(tool: &Tool, name: &str) -> Option<&'static Action> {
    actions_of(tool).find(|action| action.name == name)
}

const fn read(name: &'static str, takes: &'static str, does: &'static str) -> Action {
    Action {
        name,
        effect: Effect::Read,
        takes,
        does,
    }
}

const fn write(name: &'static str, takes: &'static str, does: &'static str) -> Action {
    Action {
        name,
        effect: Effect::Write,
        takes,
        does,
    }
}

const fn admin(name: &'static str, takes: &'static str, does: &'static str) -> Action {
    Action {
        name,
        effect: Effect::Admin,
        takes,
        does,
    }
}

const fn tool_of(
    name: &'static str,
    title: &'static str,
    open_world: bool,
    does: &'static str,
    actions: &'static [Action],
) -> Tool {
    Tool {
        name,
        title,
        does,
        open_world,
        actions,
    }
}
