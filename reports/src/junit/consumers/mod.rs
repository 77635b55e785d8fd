//! What each CI makes of a JUnit file, played from its own reading rules: the source of the plugin, action, agent or
//! server where it is open, else its documentation. A reader returns the lines a person would be shown, or what would
//! be lost, refused or done wrongly.

mod azure;
mod buildkite;
mod circleci;
mod github;
mod gitlab;
mod jenkins;
mod xunit;

pub(super) use super::dom::Element;

type Shown = Result<Vec<String>, String>;
type Reader = fn(&Element) -> Shown;

/// Every reader of the common flavour.
pub(super) const ALL: [(&str, Reader); 8] = [
    ("dorny/test-reporter", github::dorny),
    ("mikepenz/action-junit-report", github::mikepenz),
    ("GitLab", gitlab::gitlab),
    ("Jenkins, JUnit plugin", jenkins::jenkins),
    ("Azure DevOps", azure::azure),
    ("CircleCI", circleci::circleci),
    ("Buildkite, Test Engine", buildkite::test_engine),
    ("Buildkite, junit-annotate", buildkite::annotate),
];

/// Every breach of the schema of Jenkins' xUnit plugin, which reads the strict flavour.
pub(super) fn breaches(root: &Element) -> Vec<String> {
    xunit::breaches(root)
}

/// The largest file that every CI takes: GitLab 30 MB, CircleCI 100 MB.
pub(super) const LARGEST: usize = 30_000_000;

/// What several of them look for in the output of a case, and then upload from the machine the job ran on.
fn uploads(case: &Element) -> Result<(), String> {
    match case.child("system-out") {
        Some(output) if output.text.contains("[[ATTACHMENT|") => {
            Err(format!("an upload is ordered by {:?}", case.attribute("name")))
        }
        _ => Ok(()),
    }
}

/// The suites at the root, as readers without nesting see them.
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

fn seconds(element: &Element) -> Result<f64, String> {
    let text = element.attribute("time").ok_or("no time")?;
    match text.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() && seconds >= 0.0 => Ok(seconds),
        _ => Err(format!("time `{text}`")),
    }
}
