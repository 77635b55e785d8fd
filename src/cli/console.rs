//! What a person sees while a run goes: progress on a terminal, failures as they come.

use std::collections::BTreeSet;
use std::time::Duration;

use hallmark_reports::record::{Check, Event, Verdict};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::OutputArgs;
use super::run::count_scenarios;
use super::subject::Prepared;
use super::term::{self, Style, clipped, styled};
use crate::run::{Plan, case_name};

/// Columns of a line that goes into a log.
const LOG_WIDTH: usize = 400;

/// The live view.
pub(super) struct Console {
    bar: ProgressBar,
    color: bool,
    width: usize,
    quiet: bool,
    verbose: bool,
    running: BTreeSet<String>,
    /// Told already, perhaps of another revision.
    told: BTreeSet<(String, String)>,
    failed: u64,
}

impl Console {
    /// Says what is about to happen, at once.
    pub(super) fn new(
        args: &OutputArgs,
        stdout_is_data: bool,
        prepared: &Prepared,
        plan: &Plan,
        seed: u64,
    ) -> Self {
        let color = args.color.on(if stdout_is_data {
            term::stderr_is_terminal()
        } else {
            term::stdout_is_terminal()
        });
        // A log is no screen: a line there may be as long as it has to be.
        let width = if term::stderr_is_terminal() {
            term::width()
        } else {
            LOG_WIDTH
        };
        if !args.quiet {
            let cases = plan.instances.len();
            let head = format!(
                "MCP {}, {cases} cases of {} scenarios, seed {seed}\n",
                prepared
                    .revisions
                    .iter()
                    .map(|revision| revision.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
                count_scenarios(&plan.instances),
            );
            let facts: String = prepared
                .record
                .discovered
                .iter()
                .map(|fact| format!("  {}\n", clipped(fact.as_str(), width - 2)))
                .collect();
            term::talk(&format!("{head}{facts}"));
        }
        let shown = term::stderr_is_terminal() && !args.quiet;
        let target = if shown {
            ProgressDrawTarget::stderr_with_hz(10)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(plan.instances.len() as u64), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:20} {pos}/{len}  {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self {
            bar,
            color,
            width,
            quiet: args.quiet,
            verbose: args.verbose,
            running: BTreeSet::new(),
            told: BTreeSet::new(),
            failed: 0,
        }
    }

    /// Follows an event.
    pub(super) fn take(&mut self, event: &Event) {
        match event {
            Event::CaseStarted {
                scenario,
                case,
                revision,
                ..
            } => {
                self.running.insert(case_name(scenario, case, revision));
                self.progress();
            }
            Event::CheckFinished(check) => self.check(check),
            Event::CaseFinished {
                scenario,
                case,
                revision,
                ..
            } => {
                self.running.remove(&case_name(scenario, case, revision));
                self.bar.inc(1);
                self.progress();
            }
            Event::RunStarted { .. }
            | Event::Note(_)
            | Event::Scanned(_)
            | Event::Load(_)
            | Event::LoadSecond(_)
            | Event::RunFinished { .. } => {}
        }
    }

    fn progress(&self) {
        let current = self.running.first().map_or("", String::as_str);
        let failed = if self.failed > 0 {
            format!("{} failed  ", self.failed)
        } else {
            String::new()
        };
        self.bar.set_message(format!("{failed}{current}"));
    }

    fn check(&mut self, check: &Check) {
        let bad = matches!(check.verdict, Verdict::Failed | Verdict::Errored);
        self.failed += u64::from(bad && check.expected_failure.is_none());
        if self.quiet || !(self.verbose || (bad && check.expected_failure.is_none())) {
            return;
        }
        let everywhere = format!("{}:{}", case_name(&check.scenario, &check.case, ""), check.id);
        let news = self.told.insert((everywhere, check.message.to_string()));
        if !news && !self.verbose {
            return;
        }
        let style = verdict_style(check.verdict);
        let word = format!("{:<12}", check.verdict.words());
        let what = format!(
            "{:<10} {}:{}",
            check.rule,
            case_name(&check.scenario, &check.case, &check.revision),
            check.id
        );
        let message = if check.message.is_empty() {
            String::new()
        } else {
            format!("  {}", check.message)
        };
        let line = clipped(&format!("{what}{message}"), self.width.saturating_sub(13));
        let text = format!("{} {line}", styled(&word, style, self.color));
        self.bar.suspend(|| term::talk(&format!("{text}\n")));
    }

    /// Takes the progress away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// The colour of a verdict.
pub(super) fn verdict_style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Passed => Style::Good,
        Verdict::Failed | Verdict::Errored => Style::Bad,
        Verdict::Warned | Verdict::NotTestable => Style::Warn,
        Verdict::Info | Verdict::Skipped => Style::Faint,
    }
}
