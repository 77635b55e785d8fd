//! GitHub has no reader of its own; these two actions are the ones in use.

use super::{Element, Shown, cases, seconds, suites};

/// dorny/test-reporter, `java-junit`: a suite or case without a name is an exception, and so no report at all; nested
/// suites are not read; groups by class name, except where it equals the suite's; failure before error, both before
/// skipped; the first result only.
pub(super) fn dorny(root: &Element) -> Shown {
    let mut shown = Vec::new();
    for suite in suites(root)? {
        let suite_name = suite.attribute("name").ok_or("suite without name")?.trim();
        seconds(suite)?;
        if suite.child("testsuite").is_some() {
            return Err("nested suite is not read".to_owned());
        }
        for case in suite.all("testcase") {
            let name = case.attribute("name").ok_or("case without name")?.trim();
            seconds(case)?;
            let class = case.attribute("classname").unwrap_or("undefined");
            let class = if class == suite_name { "" } else { class };
            let state = match (
                case.child("failure").or(case.child("error")),
                case.child("skipped"),
            ) {
                (Some(bad), _) => {
                    let kind = bad.attribute("type").unwrap_or_default();
                    format!(
                        "failed | {kind}: {}",
                        bad.attribute("message").unwrap_or_default()
                    )
                }
                (None, Some(_)) => "skipped".to_owned(),
                (None, None) => "success".to_owned(),
            };
            shown.push(format!("{suite_name} > {class} > {name} | {state}"));
        }
    }
    Ok(shown)
}

/// mikepenz/action-junit-report: an annotation for every failure at the file and line of case, failure or suite, else
/// at the last part of the class; the message, else two lines of the body, else the name. Sent to GitHub 50 at a time:
/// a title over 255 characters or details over 64 KiB lose the whole batch.
pub(super) fn mikepenz(root: &Element) -> Shown {
    let mut shown = Vec::new();
    for case in cases(root)? {
        let name = case.attribute("name").ok_or("case without name")?;
        let class = case.attribute("classname").unwrap_or(name);
        let Some(bad) = case.child("failure").or(case.child("error")) else {
            continue;
        };
        let short = class.rsplit('.').next().unwrap_or(class);
        let file = case.attribute("file").unwrap_or(short);
        let line: u32 = case
            .attribute("line")
            .unwrap_or("1")
            .parse()
            .map_err(|_| "line is no number")?;
        let title = format!("{file}.{name}");
        if title.chars().count() > 255 {
            return Err(format!("a title too long: {title}"));
        }
        if line == 0 {
            return Err(format!("{title}: line 0"));
        }
        let body = bad.text.trim();
        if body.len() > 64 * 1024 {
            return Err(format!("{title}: details too long"));
        }
        let two = body.lines().take(2).collect::<Vec<_>>().join(" ");
        let message = bad.attribute("message").unwrap_or(&two);
        shown.push(format!("{file}:{line} {name} | {message}"));
    }
    Ok(shown)
}
