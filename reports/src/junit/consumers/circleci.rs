//! CircleCI, from its documentation: its reader is closed.

use super::{Element, Shown, cases, seconds};

/// History and splitting go by file, class name, name and time. The body is shown, and the message.
pub(super) fn circleci(root: &Element) -> Shown {
    let mut shown = Vec::new();
    for case in cases(root)? {
        let read = |key: &str| {
            case.attribute(key)
                .filter(|value| !value.is_empty())
                .ok_or(format!("no {key}"))
        };
        let (class, name) = (read("classname")?, read("name")?);
        seconds(case)?;
        let file = case.attribute("file").unwrap_or("-");
        let result = ["failure", "error", "skipped"]
            .into_iter()
            .find_map(|kind| case.child(kind));
        let (result, message) = result.map_or(("success", ""), |result| {
            (
                result.name.as_str(),
                result.attribute("message").unwrap_or(&result.text),
            )
        });
        shown.push(format!("{file} | {class} | {name} | {result} | {message}"));
    }
    Ok(shown)
}
