//! Which pipeline a run is part of, as its CI says in the environment. Shards of one pipeline belong together.

use hallmark_reports::record::Ci;

use crate::secret::Scrubber;

/// Provider, the variable that shows it, and where it keeps build, branch and commit; of several, the first that is
/// there.
type Provider = (
    &'static str,
    &'static str,
    &'static str,
    [&'static str; 2],
    &'static str,
);

const PROVIDERS: [Provider; 6] = [
    (
        "github",
        "GITHUB_ACTIONS",
        "GITHUB_RUN_ID",
        ["GITHUB_HEAD_REF", "GITHUB_REF_NAME"],
        "GITHUB_SHA",
    ),
    (
        "gitlab",
        "GITLAB_CI",
        "CI_PIPELINE_ID",
        ["CI_COMMIT_REF_NAME", ""],
        "CI_COMMIT_SHA",
    ),
    (
        "azure",
        "TF_BUILD",
        "BUILD_BUILDID",
        ["SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH"],
        "BUILD_SOURCEVERSION",
    ),
    (
        "circleci",
        "CIRCLECI",
        "CIRCLE_WORKFLOW_ID",
        ["CIRCLE_BRANCH", "CIRCLE_TAG"],
        "CIRCLE_SHA1",
    ),
    (
        "buildkite",
        "BUILDKITE",
        "BUILDKITE_BUILD_ID",
        ["BUILDKITE_BRANCH", ""],
        "BUILDKITE_COMMIT",
    ),
    (
        "jenkins",
        "JENKINS_URL",
        "BUILD_TAG",
        ["BRANCH_NAME", "GIT_BRANCH"],
        "GIT_COMMIT",
    ),
];

/// The pipeline, if the environment tells of one.
pub(super) fn pipeline(scrubber: &Scrubber) -> Option<Ci> {
    of(
        &|name| std::env::var(name).ok().filter(|value| !value.is_empty()),
        scrubber,
    )
}

fn of(read: &dyn Fn(&str) -> Option<String>, scrubber: &Scrubber) -> Option<Ci> {
    let (provider, _, build, branches, commit) =
        PROVIDERS.iter().find(|(_, shows, ..)| read(shows).is_some())?;
    let clean = |value: Option<String>| scrubber.clean(&value.unwrap_or_default());
    Some(Ci {
        provider: (*provider).to_owned(),
        build: clean(read(build)),
        branch: clean(branches.iter().find_map(|name| read(name))),
        commit: clean(read(commit)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::RunKey;

    #[test]
    fn the_environment_names_the_pipeline() {
        let scrubber = Scrubber::new(RunKey::random());
        let read = |name: &str| match name {
            "GITHUB_ACTIONS" => Some("true".to_owned()),
            "GITHUB_RUN_ID" => Some("1882".to_owned()),
            "GITHUB_REF_NAME" => Some("main".to_owned()),
            _ => None,
        };
        let ci = of(&read, &scrubber).expect("a pipeline");
        assert_eq!(
            (
                ci.provider.as_str(),
                ci.build.as_str(),
                ci.branch.as_str(),
                ci.commit.as_str()
            ),
            ("github", "1882", "main", "")
        );
        assert_eq!(of(&|_| None, &scrubber), None);
    }
}
