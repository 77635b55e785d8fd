//! Buildkite: the import of Test Engine, from its documentation, and the plugin junit-annotate.

use super::{Element, Shown, cases, seconds};
use std::collections::BTreeSet;

/// Class name and name are required and are the test's identity; `file` becomes its location; the body of a failure or
/// error is the reason.
pub(super) fn test_engine(root: &Element) -> Shown {
    let mut shown = Vec::new();
    let mut seen = BTreeSet::new();
    for case in cases(root)? {
        let read = |key: &str| {
            case.attribute(key)
                .filter(|value| !value.is_empty())
                .ok_or(format!("no {key}"))
        };
        let (scope, name) = (read("classname")?, read("name")?);
        seconds(case)?;
        if !seen.insert((scope, name)) {
            return Err(format!("two runs of one test: {scope} {name}"));
        }
        let result = match (
            case.child("failure").or(case.child("error")),
            case.child("skipped"),
        ) {
            (Some(bad), _) => format!("failed | {}", bad.text.trim().lines().next().unwrap_or_default()),
            (None, Some(_)) => "skipped".to_owned(),
            (None, None) => "passed".to_owned(),
        };
        let location = case.attribute("file").unwrap_or("-");
        shown.push(format!("{scope} | {name} | {location} | {result}"));
    }
    Ok(shown)
}

/// Every failure and error of every suite at any depth: name, class name, body.
pub(super) fn annotate(root: &Element) -> Shown {
    let mut shown = Vec::new();
    for case in cases(root)? {
        let name = case.attribute("name").unwrap_or_default();
        let class = case.attribute("classname").unwrap_or_default();
        for bad in case
            .children
            .iter()
            .filter(|child| ["failure", "error"].contains(&child.name.as_str()))
        {
            let first = bad.text.trim().lines().next().unwrap_or_default();
            shown.push(format!("{name} in {class} | {first}"));
        }
    }
    Ok(shown)
}
