//! From judgements to the verdict of a check.

use std::sync::Arc;

use hallmark_reports::record::Verdict;

use crate::expect::{Evidence, Judgement, Miss as Missed, Outcome, Single, unsent};
use crate::rules::Miss;
use crate::scenario::model::{Grade, Step};

/// What one judging of a check came to.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub verdict: Verdict,
    /// One line: why.
    pub message: String,
    pub misses: Vec<Missed>,
    /// Selectors left out because the target does not declare something.
    pub undeclared: Vec<String>,
    /// The line of a target file that would make it judgeable.
    pub unlock: Option<String>,
    /// What to show.
    pub singles: Vec<Arc<Single>>,
    pub statistical: bool,
}

impl Judged {
    /// Decided although nothing was exchanged.
    pub(super) fn without_evidence(verdict: Verdict, message: String, unlock: Option<String>) -> Self {
        Self {
            verdict,
            message,
            misses: Vec::new(),
            undeclared: Vec::new(),
            unlock,
            singles: Vec::new(),
            statistical: false,
        }
    }
}

/// How severe a miss is for this check.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weight {
    pub on_miss: Miss,
    pub strict: bool,
    /// The scenario is about limits: meeting one is part of it, not in its way.
    pub limits: bool,
}

impl Weight {
    /// The verdict of a plain miss.
    pub(super) fn verdict(self) -> Verdict {
        match self.on_miss {
            Miss::Failed => Verdict::Failed,
            Miss::Warned => Verdict::Warned,
            Miss::Info => Verdict::Info,
        }
    }

    /// A `warn:` alternative never weighs more than a plain miss would.
    fn warning(self) -> Verdict {
        match (self.on_miss, self.strict) {
            (Miss::Info, _) => Verdict::Info,
            (_, true) => Verdict::Failed,
            (_, false) => Verdict::Warned,
        }
    }
}

/// Decides: what was wished holds, an alternative holds, or it is a miss.
pub(super) fn decide(
    step: &Step,
    wished: Judgement,
    alternatives: &[(usize, Judgement)],
    evidence: &Evidence,
    weight: Weight,
) -> Judged {
    let singles = telling(&wished, evidence);
    let base = |verdict, message: String| Judged {
        verdict,
        message,
        misses: Vec::new(),
        undeclared: wished.undeclared.clone(),
        unlock: None,
        singles: singles.clone(),
        statistical: false,
    };
    if let Some((problem, at)) = wished.unresolved.first() {
        return base(Verdict::NotTestable, format!("{problem} ({at})"));
    }
    let asked = |judgement: &Judgement| judgement.holds() && judgement.unreached;
    if let Some(why) = unsent(evidence)
        && !asked(&wished)
        && !alternatives.iter().any(|(_, judgement)| asked(judgement))
    {
        return base(Verdict::Errored, why);
    }
    if wished.holds() {
        return if wished.held == 0 && !wished.undeclared.is_empty() {
            let what = wished.undeclared.join(", ");
            Judged {
                unlock: Some(what.clone()),
                ..base(Verdict::Skipped, format!("needs {what}"))
            }
        } else {
            base(Verdict::Passed, String::new())
        };
    }
    for (index, judgement) in alternatives {
        if judgement.holds() && judgement.held > 0 {
            let alternative = &step.or[*index];
            let verdict = match alternative.grade.value {
                Grade::Pass => Verdict::Passed,
                Grade::Warn => weight.warning(),
                Grade::Info | Grade::Review => Verdict::Info,
                Grade::Skip => Verdict::Skipped,
            };
            let statistical = alternative.grade.value == Grade::Review;
            return Judged {
                misses: wished.misses.clone(),
                statistical,
                ..base(verdict, alternative.says.clone())
            };
        }
    }
    if wished.misses.iter().any(|miss| miss.precondition) {
        let miss = wished.misses.iter().find(|miss| miss.precondition);
        let text = miss.map(sentence).unwrap_or_default();
        return Judged {
            misses: wished.misses.clone(),
            ..base(
                Verdict::NotTestable,
                format!("a precondition does not hold: {text}"),
            )
        };
    }
    if evidence.singles().iter().any(|single| lost_its_session(single)) {
        let why = "the server lost the session of this credential (HTTP 404): where it keeps one for each credential, `--jobs 1`";
        return base(Verdict::NotTestable, why.to_owned());
    }
    if let Some(single) = evidence
        .singles()
        .iter()
        .find(|single| !weight.limits && !came(single) && single.outcome == Outcome::Limited)
    {
        let pause = single
            .exchange
            .as_ref()
            .and_then(|exchange| exchange.response.as_ref().ok())
            .and_then(|r| r.header("retry-after"));
        let pause = pause
            .map(|pause| format!(", Retry-After: {pause}"))
            .unwrap_or_default();
        return base(
            Verdict::NotTestable,
            format!("the server limits requests (HTTP 429{pause}): try fewer at once, `--jobs 1`"),
        );
    }
    let message = wished.misses.first().map(sentence).unwrap_or_default();
    let unreadable = wished.misses.iter().all(|miss| miss.unreadable);
    let verdict = if unreadable {
        Verdict::Errored
    } else {
        weight.verdict()
    };
    Judged {
        misses: wished.misses.clone(),
        ..base(verdict, message)
    }
}

/// `outcome: expected "refused", got "done" (HTTP 200)`.
pub(super) fn sentence(miss: &Missed) -> String {
    format!(
        "{}: expected {}, got {}",
        miss.selector, miss.expected, miss.actual
    )
}

/// The exchanges that tell the story: all of a single, the ends of a series.
fn telling(judgement: &Judgement, evidence: &Evidence) -> Vec<Arc<Single>> {
    let singles = evidence.singles();
    let most = if judgement.holds() { 2 } else { 4 };
    if singles.len() <= most {
        return singles.into_iter().cloned().collect();
    }
    let half = most / 2;
    singles[..half]
        .iter()
        .chain(&singles[singles.len() - half..])
        .map(|single| Arc::clone(single))
        .collect()
}

/// Severity for taking the worst of several rounds of one check.
pub(super) fn worse(a: &Judged, b: &Judged) -> bool {
    Verdict::worst([a.verdict, b.verdict]) == a.verdict && a.verdict != b.verdict
}

/// A request that came to us: what it was answered is no trouble of ours.
fn came(single: &Single) -> bool {
    single.trace.path.is_some()
}

/// 404 to a request that named its session: nothing was decided about the credential.
fn lost_its_session(single: &Single) -> bool {
    let Some(exchange) = single.exchange.as_ref().filter(|_| !came(single)) else {
        return false;
    };
    let named = exchange
        .request
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("mcp-session-id"));
    named
        && exchange
            .response
            .as_ref()
            .is_ok_and(|response| response.status == 404)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::decode;
    use crate::scenario::diagnostic::Diagnostics;
    use crate::scenario::model::SourceFile;

    const FAILS: Weight = Weight {
        on_miss: Miss::Failed,
        strict: false,
        limits: false,
    };

    fn step(or: &str) -> Step {
        let text = format!(
            "scenario: s\nsubject: resource-server\nsteps:\n  - {{ check: c, mcp: {{ probe: read }}, expect: {{ status: 401 }}{or} }}\n"
        );
        let file = Arc::new(SourceFile {
            path: "s.yaml".to_owned(),
            text,
        });
        let scenario = decode::decode(&file, "s", &mut Diagnostics::new()).expect("a scenario");
        scenario.steps.into_iter().next().expect("a step")
    }

    fn miss(step: &Step, precondition: bool, unreadable: bool) -> Judgement {
        let miss = Missed {
            selector: "status".to_owned(),
            expected: "401".to_owned(),
            actual: "200".to_owned(),
            at: step.at.clone(),
            decision: false,
            precondition,
            unreadable,
        };
        Judgement {
            misses: vec![miss],
            ..Judgement::default()
        }
    }

    fn verdict(or: &str, wished: &dyn Fn(&Step) -> Judgement, held: &[usize], weight: Weight) -> Verdict {
        let step = step(or);
        let holds = |index: &usize| {
            (
                *index,
                Judgement {
                    held: 1,
                    ..Judgement::default()
                },
            )
        };
        let alternatives: Vec<(usize, Judgement)> = held.iter().map(holds).collect();
        decide(
            &step,
            wished(&step),
            &alternatives,
            &Evidence::Series(Vec::new()),
            weight,
        )
        .verdict
    }

    #[test]
    fn what_a_judgement_comes_to() {
        let missed = |step: &Step| miss(step, false, false);
        let held = |_: &Step| Judgement {
            held: 1,
            ..Judgement::default()
        };
        let nothing_declared = |_: &Step| Judgement {
            undeclared: vec!["a canary".to_owned()],
            ..Judgement::default()
        };
        assert_eq!(verdict("", &held, &[], FAILS), Verdict::Passed);
        assert_eq!(verdict("", &missed, &[], FAILS), Verdict::Failed);
        assert_eq!(
            verdict(
                "",
                &missed,
                &[],
                Weight {
                    on_miss: Miss::Warned,
                    strict: false,
                    limits: false,
                }
            ),
            Verdict::Warned
        );
        assert_eq!(
            verdict(
                "",
                &missed,
                &[],
                Weight {
                    on_miss: Miss::Info,
                    strict: false,
                    limits: false,
                }
            ),
            Verdict::Info
        );
        assert_eq!(
            verdict("", &nothing_declared, &[], FAILS),
            Verdict::Skipped,
            "never green for want of a declaration"
        );
        assert_eq!(
            verdict("", &|step| miss(step, true, false), &[], FAILS),
            Verdict::NotTestable
        );
        assert_eq!(
            verdict("", &|step| miss(step, false, true), &[], FAILS),
            Verdict::Errored
        );
    }

    #[test]
    fn the_first_alternative_that_holds_grades() {
        let missed = |step: &Step| miss(step, false, false);
        let or = ", or: [ { warn: a, status: 403 }, { pass: b, status: 404 } ]";
        assert_eq!(verdict(or, &missed, &[0, 1], FAILS), Verdict::Warned);
        assert_eq!(verdict(or, &missed, &[1], FAILS), Verdict::Passed);
        assert_eq!(
            verdict(
                or,
                &missed,
                &[0],
                Weight {
                    on_miss: Miss::Failed,
                    strict: true,
                    limits: false,
                }
            ),
            Verdict::Failed
        );
        assert_eq!(
            verdict(
                or,
                &missed,
                &[0],
                Weight {
                    on_miss: Miss::Info,
                    strict: true,
                    limits: false,
                }
            ),
            Verdict::Info,
            "a warning never weighs more than a miss"
        );
        assert_eq!(verdict(or, &missed, &[], FAILS), Verdict::Failed);
    }
}
