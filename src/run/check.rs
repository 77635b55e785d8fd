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

/// How severe a miss is for this check.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weight {
    pub on_miss: Miss,
    pub strict: bool,
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
    if let Some(why) = unsent(evidence) {
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
    if let Some(single) = evidence
        .singles()
        .iter()
        .find(|single| single.outcome == Outcome::Limited)
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
