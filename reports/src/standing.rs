//! What a recorded verdict means for whoever reads a report. A mapping of the verdict, strictness and the baseline,
//! shared by all formats so that they cannot disagree; no judgement of its own.

use crate::across::Across;
use crate::load;
use crate::record::{Check, Verdict};
use std::fmt::Write as _;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Failed, or warned under `--strict`.
    Broken,
    /// Errored or not testable: nothing is known, so it is never green.
    Unjudged,
    /// A SHOULD was missed and that is tolerated.
    Missed,
    /// Foretold by the baseline.
    Expected,
    /// Passed or info.
    Held,
    /// Skipped.
    Skipped,
}

impl Standing {
    pub(crate) fn of(check: &Check, strict: bool) -> Standing {
        let bare = match check.verdict {
            Verdict::Failed => Standing::Broken,
            Verdict::Warned if strict => Standing::Broken,
            Verdict::Warned => Standing::Missed,
            Verdict::Errored | Verdict::NotTestable => Standing::Unjudged,
            Verdict::Passed | Verdict::Info => Standing::Held,
            Verdict::Skipped => Standing::Skipped,
        };
        if bare <= Standing::Missed && check.expected_failure.is_some() {
            Standing::Expected
        } else {
            bare
        }
    }
}

/// The rule a check is listed under: its rule id, or its scenario when it belongs to no rule. A promise of a load run
/// stands for itself.
pub(crate) fn rule_of(check: &Check) -> &str {
    if load::is_of_load(check) {
        &check.id
    } else if check.rule.is_empty() {
        &check.scenario
    } else {
        &check.rule
    }
}

/// The rule of a check in one line: its title; in an older record the first sentence of its statement; of a check
/// without a rule, the title of its scenario.
pub(crate) fn title_of(check: &Check) -> &str {
    let texts = [&check.rule_title, &check.statement, &check.title];
    let text = texts
        .into_iter()
        .map(|text| text.as_str().trim())
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    let end = text.find(". ").unwrap_or(text.len());
    text[..end].trim_end_matches('.')
}

/// `bearer/scheme-case [lower] @2025-11-25`, the case of a check as people write it.
pub(crate) fn case_of(scenario: &str, case: &str, revision: &str) -> String {
    let mut name = scenario.to_owned();
    if !case.is_empty() {
        let _ = write!(name, " [{case}]");
    }
    if !revision.is_empty() {
        let _ = write!(name, " @{revision}");
    }
    name
}

/// The case of a finding, with all the revisions it was made in.
pub(crate) fn cases_of(across: &Across<'_>) -> String {
    let check = across.check;
    case_of(&check.scenario, &check.case, &across.revisions.join(", "))
}

/// Whether somebody was let in or kept out wrongly. A peer that broke, or was not there, decided nothing.
pub(crate) fn decides(check: &Check) -> bool {
    let nothing = ["\"broken\"", "\"unreached\""];
    check.findings.iter().any(|finding| {
        let actual = finding.actual.as_str();
        finding.decision && !nothing.iter().any(|word| actual.starts_with(word))
    })
}

/// Sort key of broken checks, gravest first: the verdict, then a wrong access decision before a wrong form.
pub(crate) fn gravity(check: &Check) -> (std::cmp::Reverse<Verdict>, bool) {
    (std::cmp::Reverse(check.verdict), !decides(check))
}
