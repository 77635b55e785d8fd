//! Jenkins' JUnit plugin: `SuiteResult`, `CaseResult`, `TestResult`.

use super::{Element, Shown, seconds, uploads};
use std::collections::BTreeSet;

/// Nested suites are read; a suite without a case vanishes, one of the same name and time as another is dropped. The
/// package is the class name up to its last dot. The error's text and message win over the failure's. Output is cut in
/// the middle, to 100,000 characters of a red case and to 1,000 of a green one. History is found by suite name, class
/// and name.
pub(super) fn jenkins(root: &Element) -> Shown {
    let mut found = Vec::new();
    flat(root, &mut found);
    let mut seen = BTreeSet::new();
    let mut shown = Vec::new();
    for suite in found {
        let name = suite.attribute("name").ok_or("suite without name")?;
        let plain = name.replace(['/', '\\', ':', '?', '#', '%', '<', '>'], "_");
        if !seen.insert((plain, suite.attribute("id"), suite.attribute("timestamp"))) {
            return Err(format!("dropped as the same suite: {name}"));
        }
        seconds(suite)?;
        let mut names = BTreeSet::new();
        for case in suite.all("testcase") {
            let line = case_line(case, name)?;
            if !names.insert((case.attribute("classname"), case.attribute("name"))) {
                return Err(format!("one history for two cases: {line}"));
            }
            shown.push(line);
        }
    }
    Ok(shown)
}

fn flat<'e>(element: &'e Element, found: &mut Vec<&'e Element>) {
    for suite in element.all("testsuite") {
        flat(suite, found);
    }
    if element.child("testcase").is_some() || element.child("error").is_some() {
        found.push(element);
    }
}

fn case_line(case: &Element, suite: &str) -> Result<String, String> {
    let class = case.attribute("classname").unwrap_or(suite);
    if class.is_empty() || class.contains("://") {
        return Err(format!("class `{class}` breaks links"));
    }
    let (package, class) = class.rsplit_once('.').unwrap_or(("(root)", class));
    let name = case
        .attribute("name")
        .filter(|name| !name.is_empty())
        .ok_or("case without name")?;
    seconds(case)?;
    uploads(case)?;
    let bad = case.child("error").or(case.child("failure"));
    let output = case.child("system-out").map_or("", |output| &output.text);
    let half = if bad.is_some() { 50_000 } else { 500 };
    if output.chars().count() > 2 * half {
        let first = output.lines().next().unwrap_or_default();
        if bad.is_some() || first.chars().count() > half {
            return Err(format!("{name}: what matters is cut out"));
        }
    }
    let state = match (bad, case.child("skipped")) {
        (Some(bad), _) => format!("red | {}", bad.attribute("message").unwrap_or_default()),
        (None, Some(skip)) => format!("skipped | {}", skip.attribute("message").unwrap_or(&skip.text)),
        (None, None) => "green".to_owned(),
    };
    Ok(format!("{package} / {class} / {name} | {state}"))
}
