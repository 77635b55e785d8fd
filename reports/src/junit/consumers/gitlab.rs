//! GitLab: `Gitlab::Ci::Parsers::Test::Junit` over `Hash.from_xml` of Rails.

use super::{Element, Shown, uploads};
use std::collections::BTreeSet;

/// Words that Rails takes, in an attribute `type`, for what the text of the element is; `yaml` and `symbol` it refuses.
const TYPES: [&str; 15] = [
    "symbol",
    "date",
    "datetime",
    "dateTime",
    "duration",
    "integer",
    "float",
    "double",
    "decimal",
    "boolean",
    "string",
    "yaml",
    "base64Binary",
    "hexBinary",
    "file",
];

/// Cases in one level of suites at least, under one `testsuites` at most. A second case of the same class and name is
/// dropped. Failure before error before skipped; the body is shown, the message is not; `file` becomes a link.
pub(super) fn gitlab(root: &Element) -> Shown {
    let mut seen = BTreeSet::new();
    let mut shown = Vec::new();
    match root.name.as_str() {
        "testsuites" | "testsuite" => each(root, &mut seen, &mut shown)?,
        other => return Err(format!("root {other}: no tests")),
    }
    Ok(shown)
}

fn each<'e>(
    node: &'e Element,
    seen: &mut BTreeSet<(&'e str, &'e str)>,
    shown: &mut Vec<String>,
) -> Result<(), String> {
    for suite in node.all("testsuite") {
        each(suite, seen, shown)?;
    }
    for case in node.all("testcase") {
        let class = case.attribute("classname").ok_or("case without classname")?;
        let name = case.attribute("name").ok_or("case without name")?;
        if !seen.insert((class, name)) {
            return Err(format!("dropped without a word: {class} {name}"));
        }
        uploads(case)?;
        let (state, body) = state(case)?;
        let first = body.trim().lines().next().unwrap_or_default();
        if state != "success" && first.is_empty() {
            return Err(format!("{class} {name}: {state} with nothing to show"));
        }
        let file = case.attribute("file").unwrap_or("-");
        shown.push(format!("{class} | {name} | {state} | {file} | {first}"));
    }
    Ok(())
}

fn state(case: &Element) -> Result<(&'static str, &str), String> {
    for (element, state) in [("failure", "failed"), ("error", "error"), ("skipped", "skipped")] {
        let Some(result) = case.child(element) else {
            continue;
        };
        if let Some(kind) = result.attribute("type").filter(|kind| TYPES.contains(kind)) {
            return Err(format!("the text is read as {kind}"));
        }
        return Ok((state, &result.text));
    }
    Ok(("success", ""))
}
