//! Azure DevOps: `JUnitResultReader` of the pipelines agent.

use super::{Element, Shown, seconds, suites, uploads};

/// One run of all suites, from the earliest time stamp to the latest end; one suite without time stamp or time and the
/// times are made up. A case without a name is dropped. Failure before error, both Failed: the attribute is the error
/// message, the body the stack trace. Names of at most 512 characters.
pub(super) fn azure(root: &Element) -> Shown {
    let mut shown = Vec::new();
    let mut began: Option<&str> = None;
    for suite in suites(root)? {
        let stamp = suite.attribute("timestamp").ok_or("a suite without time stamp")?;
        if !is_stamp(stamp) {
            return Err(format!("time stamp `{stamp}`"));
        }
        began = Some(began.map_or(stamp, |known| known.min(stamp)));
        seconds(suite)?;
        for case in suite.all("testcase") {
            shown.push(line(case)?);
        }
    }
    shown.insert(0, format!("run of {}", began.unwrap_or("now")));
    Ok(shown)
}

fn line(case: &Element) -> Result<String, String> {
    let name = case
        .attribute("name")
        .filter(|name| !name.is_empty() && name.chars().count() <= 512)
        .ok_or("a name too long or absent")?;
    seconds(case)?;
    uploads(case)?;
    let storage = case.attribute("classname").unwrap_or_default();
    let bad = case.child("failure").or(case.child("error"));
    let outcome = match (bad, case.child("skipped")) {
        (Some(bad), _) => {
            let message = bad.attribute("message").filter(|text| !text.trim().is_empty());
            let message = message.ok_or_else(|| format!("{name}: no error message"))?;
            if bad.text.trim().is_empty() {
                return Err(format!("{name}: no stack trace"));
            }
            format!("Failed | {message}")
        }
        (None, Some(skipped)) => {
            format!(
                "NotExecuted | {}",
                skipped.attribute("message").unwrap_or_default()
            )
        }
        (None, None) => "Passed".to_owned(),
    };
    Ok(format!("{storage} | {name} | {outcome}"))
}

/// `2026-11-21T14:04:11Z`, with at most seven decimals of a second.
fn is_stamp(text: &str) -> bool {
    let shape = |text: &str| {
        text.chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect::<String>()
    };
    let (whole, fraction) = text
        .trim_end_matches('Z')
        .split_once('.')
        .unwrap_or((text.trim_end_matches('Z'), "0"));
    shape(whole) == "0000-00-00T00:00:00"
        && (1..=7).contains(&fraction.len())
        && fraction.chars().all(|c| c.is_ascii_digit())
}
