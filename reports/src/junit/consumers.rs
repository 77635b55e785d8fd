//! What each CI makes of a JUnit file, played from its own reading rules: the plugin's or action's source, or for
//! closed ones its documentation. Each function returns the lines the CI would show, or why it would refuse.

use super::dom::Element;
use std::collections::BTreeSet;

type Shown = Result<Vec<String>, String>;

/// dorny/test-reporter, `java-junit`: crashes without a name on suite or case; reads failure, then error; takes only
/// the first; knows no nested suites.
pub(super) fn dorny(root: &Element) -> Shown {
    let mut shown = Vec::new();
    for suite in suites(root)? {
        let suite_name = suite.attribute("name").ok_or("suite without name")?;
        if suite.child("testsuite").is_some() {
            return Err("nested suite is not read".to_owned());
        }
        for case in suite.all("testcase") {
            let name = case.attribute("name").ok_or("case without name")?;
            let class = case.attribute("classname").unwrap_or_default();
            let state = match (
                case.child("skipped"),
                case.child("failure").or(case.child("error")),
            ) {
                (Some(_), _) => "skipped".to_owned(),
                (None, Some(bad)) => {
                    let kind = bad
                        .attribute("type")
                        .map(|kind| format!("{kind}: "))
                        .unwrap_or_default();
                    format!("failed | {kind}{}", bad.attribute("message").unwrap_or_default())
                }
                (None, None) => "success".to_owned(),
            };
            shown.push(format!("{suite_name} > {class} > {name} | {state}"));
        }
    }
    Ok(shown)
}

/// mikepenz/action-junit-report: annotates failures with the file and line of the case; the message, else two lines
/// of the body.
pub(super) fn mikepenz(root: &Element) -> Shown {
    let mut shown = Vec::new();
    for case in cases(root)? {
        let name = case.attribute("name").ok_or("case without name")?;
        for bad in case
            .children
            .iter()
            .filter(|child| child.name == "failure" || child.name == "error")
        {
            let file = case
                .attribute("file")
                .or(case.attribute("classname"))
                .unwrap_or(name);
            let line = case.attribute("line").unwrap_or("1");
            line.parse::<u32>().map_err(|_| format!("line `{line}`"))?;
            let two: Vec<&str> = bad.text.trim().lines().take(2).collect();
            let two = two.join(" ");
            shown.push(format!(
                "{file}:{line} {name} | {}",
                bad.attribute("message").unwrap_or(&two)
            ));
        }
    }
    Ok(shown)
}

/// GitLab: identity is class name and name, later ones are dropped; failure before error before skipped; shows the
/// body, never the message; links `file`.
pub(super) fn gitlab(root: &Element) -> Shown {
    if root.name != "testsuites" {
        return Err("root is not testsuites".to_owned());
    }
    let mut seen = BTreeSet::new();
    let mut shown = Vec::new();
    for case in cases(root)? {
        let class = case.attribute("classname").ok_or("case without classname")?;
        let name = case.attribute("name").ok_or("case without name")?;
        if !seen.insert((class, name)) {
            return Err(format!("dropped without a word: {class} {name}"));
        }
        let (state, body) = ["failure", "error", "skipped"]
            .into_iter()
            .find_map(|kind| case.child(kind).map(|child| (kind, child.text.trim())))
            .unwrap_or(("success", ""));
        let first = body.lines().next().unwrap_or_default();
        if state != "success" && first.is_empty() {
            return Err(format!("{class} {name}: {state} with nothing to show"));
        }
        shown.push(format!(
            "{class} | {name} | {state} | {} | {first}",
            case.attribute("file").unwrap_or("-")
        ));
    }
    Ok(shown)
}

/// Jenkins junit plugin: package is the class name up to its last dot; a suite without cases vanishes; the type and
/// message are read, error winning over failure; output of a red case is kept to 100,000 characters.
pub(super) fn jenkins(root: &Element) -> Shown {
    let mut shown = Vec::new();
    for suite in suites(root)? {
        let mut any = false;
        for case in suite.all("testcase") {
            any = true;
            let class = case
                .attribute("classname")
                .filter(|class| !class.is_empty())
                .ok_or("empty class breaks links")?;
            let (package, class) = class.rsplit_once('.').unwrap_or(("(root)", class));
            let name = case.attribute("name").ok_or("case without name")?;
            let output = case
                .child("system-out")
                .map_or(0, |output| output.text.chars().count());
            if output > 100_000 {
                return Err("output is trimmed".to_owned());
            }
            let bad = case.child("error").or(case.child("failure"));
            let state = match (bad, case.child("skipped")) {
                (Some(bad), _) => format!("red | {}", bad.attribute("message").unwrap_or_default()),
                (None, Some(skip)) => {
                    format!("skipped | {}", skip.attribute("message").unwrap_or(&skip.text))
                }
                (None, None) => "green".to_owned(),
            };
            shown.push(format!("{package} / {class} / {name} | {state}"));
        }
        if !any {
            return Err("suite vanishes".to_owned());
        }
    }
    Ok(shown)
}

/// Azure DevOps: a name of at most 512 characters; failure and error are both Failed; shows the message.
pub(super) fn azure(root: &Element) -> Shown {
    let mut shown = Vec::new();
    for case in cases(root)? {
        let name = case
            .attribute("name")
            .filter(|name| name.chars().count() <= 512)
            .ok_or("name too long or absent")?;
        let bad = case.child("failure").or(case.child("error"));
        let outcome = match (bad, case.child("skipped")) {
            (Some(bad), _) => format!(
                "Failed | {}",
                bad.attribute("message").ok_or("no message to show")?
            ),
            (None, Some(_)) => "NotExecuted".to_owned(),
            (None, None) => "Passed".to_owned(),
        };
        shown.push(format!("{name} | {outcome}"));
    }
    Ok(shown)
}

/// CircleCI and Buildkite: a case without class name, name or time is of no use for splitting and history.
pub(super) fn circle_and_buildkite(root: &Element) -> Shown {
    let mut shown = Vec::new();
    for case in cases(root)? {
        let read = |key: &str| {
            case.attribute(key)
                .filter(|value| !value.is_empty())
                .ok_or(format!("no {key}"))
        };
        let seconds: f64 = read("time")?
            .parse()
            .map_err(|_| "time is no number".to_owned())?;
        if !seconds.is_finite() {
            return Err("time is not finite".to_owned());
        }
        shown.push(format!("{} {}", read("classname")?, read("name")?));
    }
    Ok(shown)
}

fn suites(root: &Element) -> Result<Vec<&Element>, String> {
    match root.name.as_str() {
        "testsuites" => Ok(root.all("testsuite").collect()),
        "testsuite" => Ok(vec![root]),
        other => Err(format!("root {other}")),
    }
}

fn cases(root: &Element) -> Result<Vec<&Element>, String> {
    Ok(suites(root)?
        .into_iter()
        .flat_map(|suite| suite.all("testcase"))
        .collect())
}
