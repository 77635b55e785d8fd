//! The command line under test, with the places where values of the world are filled in.

use std::collections::BTreeMap;

/// How the command is told what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Contract {
    /// By `HALLMARK_…` in its environment.
    #[default]
    Environment,
    /// As the official MCP conformance suite calls its clients: the URL is the last argument.
    Conformance,
}

/// A program with its arguments; no shell.
#[derive(Debug, Clone)]
pub struct CommandLine {
    /// Program.
    pub program: String,
    /// Arguments, perhaps with `${…}` in them.
    pub arguments: Vec<String>,
    /// How it is told what to do.
    pub contract: Contract,
    /// What of our own environment it is given.
    pub path: Option<String>,
}

/// Names that can be filled into arguments.
pub(super) const NAMES: &[&str] = &[
    "mcp.url",
    "api.key",
    "state.dir",
    "task",
    "client.id",
    "issuer",
    "token.endpoint",
];

impl CommandLine {
    /// The first `${…}` of an argument that names nothing.
    pub fn unknown(&self) -> Option<String> {
        self.arguments.iter().find_map(|argument| {
            argument.match_indices("${").find_map(|(at, _)| {
                let rest = &argument[at + 2..];
                let name = &rest[..rest.find('}')?];
                (!NAMES.contains(&name)).then(|| name.to_owned())
            })
        })
    }

    /// The arguments with their values; what a case does not give is empty.
    pub(super) fn filled(&self, values: &BTreeMap<String, String>) -> Vec<String> {
        let fill = |argument: &String| {
            NAMES.iter().fold(argument.clone(), |text, name| {
                let value = values.get(*name).map_or("", String::as_str);
                text.replace(&format!("${{{name}}}"), value)
            })
        };
        self.arguments.iter().map(fill).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_filled_in_and_strangers_are_named() {
        let line = |argument: &str| CommandLine {
            program: "p".to_owned(),
            arguments: vec![argument.to_owned()],
            contract: Contract::Environment,
            path: None,
        };
        let values = BTreeMap::from([("mcp.url".to_owned(), "http://x/mcp".to_owned())]);
        assert_eq!(line("--url=${mcp.url}").filled(&values), ["--url=http://x/mcp"]);
        assert_eq!(line("${api.key}").filled(&values), [""]);
        assert_eq!(line("${mcp.ur}").unknown().as_deref(), Some("mcp.ur"));
        assert_eq!(line("$HOME ${task}").unknown(), None);
    }
}
