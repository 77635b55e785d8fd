//! What a person reads after a run: by rule, worst first, with the evidence; then what was not judged and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use hallmark_reports::matrix::{Cell, Kind, Matrix};
use hallmark_reports::record::{Check, Exchange, Message, NoteKind, Record, Verdict};
use hallmark_reports::{Across, across_revisions, remarks};

use super::console::verdict_style;
use super::term::{Style, clipped, styled, wrapped};
use crate::run::case_name;

/// How to show.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub color: bool,
    pub width: usize,
    pub verbose: bool,
    pub quiet: bool,
}

/// `1 case`, `2 cases`.
fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// `bearer/scheme#glued:refused`, and in which revisions.
fn told_name(across: &Across<'_>) -> String {
    let check = across.check;
    let name = format!("{}:{}", case_name(&check.scenario, &check.case, ""), check.id);
    match across.words() {
        words if words.is_empty() => name,
        words => format!("{name} ({words})"),
    }
}

/// A record as text.
pub(super) struct Summary<'a> {
    pub record: &'a Record,
    pub view: View,
}

/// `read permit`; `write permit, not deny (leak)`.
fn cell_words(cell: &Cell<'_>) -> String {
    let access = cell.access;
    if cell.kind == Kind::Agrees {
        return format!("{} {}", access.probe, access.found);
    }
    format!(
        "{} {}, not {} ({})",
        access.probe,
        access.found,
        access.expected,
        cell.kind.word()
    )
}

/// Findings of one rule shown in full; the others get a line each.
const IN_FULL: usize = 2;
/// Lines after which the top is out of sight.
const SCREEN: usize = 40;
/// Header lines of one message.
const LINES: usize = 6;
/// Request headers that every request has: what a check did differently is among the others.
const EVERYDAY: &[&str] = &[
    "host",
    "user-agent",
    "accept",
    "accept-encoding",
    "content-type",
    "content-length",
    "connection",
    "mcp-session-id",
];

/// Which headers of a message are shown.
#[derive(Clone, Copy)]
enum Wanted {
    Only(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

impl Wanted {
    fn admits(self, field: &str) -> bool {
        let (Wanted::Only(names) | Wanted::AllBut(names)) = self;
        let listed = names.iter().any(|name| name.eq_ignore_ascii_case(field));
        matches!(self, Wanted::Only(_)) == listed
    }
}

impl Summary<'_> {
    /// The whole text.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        self.remarks(&mut out);
        let top = out.len();
        for verdict in [
            Verdict::Failed,
            Verdict::Errored,
            Verdict::NotTestable,
            Verdict::Warned,
        ] {
            self.group(&mut out, verdict);
        }
        if !self.view.quiet {
            if self.view.verbose {
                self.group(&mut out, Verdict::Info);
            }
            self.skipped(&mut out);
            self.untested(&mut out);
        }
        self.stale(&mut out);
        if !self.view.quiet {
            self.access(&mut out);
            self.scanned(&mut out);
        }
        if out[top..].lines().count() > SCREEN {
            self.remarks(&mut out);
        }
        self.last_line(&mut out);
        out
    }

    /// How far the verdict can be trusted, and what many failures have in common.
    fn remarks(&self, out: &mut String) {
        for remark in remarks(self.record, self.record.run.strict) {
            let mark = styled("NOTE", Style::Strong, self.view.color);
            let text = wrapped(&remark.text, self.view.width - 6, "      ");
            let _ = writeln!(out, "\n{mark}  {text}");
            if let Some(unlock) = &remark.unlock {
                let _ = writeln!(out, "      in the target file: {unlock}");
            }
        }
    }

    /// The access matrix: whole with `--verbose`, else what is not as declared.
    fn access(&self, out: &mut String) {
        let matrix = Matrix::of(self.record);
        if matrix.is_empty() {
            return;
        }
        let held = matrix.count(Kind::Agrees);
        let _ = writeln!(
            out,
            "\naccess matrix: {held} of {} cells are as declared",
            matrix.len()
        );
        for place in &matrix.places {
            for who in &matrix.principals {
                let cells = matrix
                    .probes
                    .iter()
                    .filter_map(|probe| matrix.cell(place, probe, who));
                let shown = cells.filter(|cell| self.view.verbose || cell.kind != Kind::Agrees);
                let cells: Vec<String> = shown.map(cell_words).collect();
                if !cells.is_empty() {
                    let line = format!("{who} in {place}: {}", cells.join("; "));
                    let _ = writeln!(out, "  {}", wrapped(&line, self.view.width - 4, "    "));
                }
            }
        }
    }

    fn scanned(&self, out: &mut String) {
        if let Some(scanned) = &self.record.scanned {
            let line = wrapped(&scanned.sentence(), self.view.width, "");
            let _ = writeln!(out, "\n{}", self.faint(&line));
        }
    }

    /// All checks of a verdict, by rule.
    fn group(&self, out: &mut String, verdict: Verdict) {
        let mut by_rule: BTreeMap<&str, Vec<&Check>> = BTreeMap::new();
        for check in self
            .record
            .checks
            .iter()
            .filter(|check| check.verdict == verdict && check.expected_failure.is_none())
        {
            by_rule.entry(&check.rule).or_default().push(check);
        }
        for (rule, mut checks) in by_rule {
            // What was wrongly granted comes before what was wrongly worded.
            checks.sort_by_key(|check| !check.findings.iter().any(|finding| finding.decision));
            let head = format!("{} {rule}", verdict.words().to_uppercase());
            let head = head.trim_end().to_owned();
            let first = checks[0];
            let statement = if first.statement.is_empty() {
                &first.title
            } else {
                &first.statement
            };
            let statement = wrapped(statement.as_str(), self.view.width - 2, "  ");
            let _ = writeln!(
                out,
                "\n{}  {}",
                styled(&head, verdict_style(verdict), self.view.color),
                first.level
            );
            let _ = writeln!(out, "  {statement}");
            if !first.sources.is_empty() {
                let _ = writeln!(
                    out,
                    "  {}",
                    self.faint(&clipped(&first.sources.join("; "), self.view.width - 2))
                );
            }
            let missed = matches!(verdict, Verdict::Failed | Verdict::Warned);
            if let Some(fix) = first.fix.as_ref().filter(|_| missed) {
                let fix = wrapped(&format!("to fix: {fix}"), self.view.width - 2, "  ");
                let _ = writeln!(out, "  {fix}");
            }
            let told = across_revisions(checks);
            let full = if self.view.verbose { told.len() } else { IN_FULL };
            for across in told.iter().take(full) {
                self.finding(out, across);
            }
            self.more(out, &told[full.min(told.len())..]);
        }
    }

    fn more(&self, out: &mut String, checks: &[Across<'_>]) {
        if checks.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n  and {} more:", checks.len());
        for across in checks.iter().take(20) {
            let line = format!("{}  {}", told_name(across), across.check.message);
            let _ = writeln!(out, "    {}", clipped(&line, self.view.width - 4));
        }
        if checks.len() > 20 {
            let _ = writeln!(out, "    … {} in the report", checks.len() - 20);
        }
    }

    fn finding(&self, out: &mut String, across: &Across<'_>) {
        let check = across.check;
        let place = format!("{}:{}:{}", check.at.file, check.at.line, check.at.column);
        let title = told_name(across);
        let _ = writeln!(
            out,
            "\n  {}  {}",
            styled(&title, Style::Strong, self.view.color),
            self.faint(&place)
        );
        let place = check.findings.first().map_or(&check.at, |finding| &finding.place);
        let _ = writeln!(
            out,
            "  {:>5} | {}",
            place.line,
            clipped(place.text.as_str(), self.view.width - 10)
        );
        let message = wrapped(check.message.as_str(), self.view.width - 4, "    ");
        let _ = writeln!(out, "    {message}");
        for finding in check.findings.iter().skip(1).take(3) {
            let line = format!(
                "{}: expected {}, got {}",
                finding.selector, finding.expected, finding.actual
            );
            let _ = writeln!(out, "    {}", clipped(&line, self.view.width - 4));
        }
        if let Some(unlock) = &check.unlock {
            let _ = writeln!(out, "    would help: {unlock}");
        }
        if let Some(exchange) = check
            .exchanges
            .iter()
            .rev()
            .find(|exchange| exchange.judged)
            .or(check.exchanges.last())
        {
            self.exchange(out, exchange);
        }
        let _ = writeln!(out, "    {}", self.faint(&format!("repeat: {}", check.repeat)));
    }

    fn exchange(&self, out: &mut String, exchange: &Exchange) {
        self.message(
            out,
            '>',
            &exchange.request,
            Wanted::AllBut(EVERYDAY),
            Some(exchange.label.as_str()),
        );
        match (&exchange.response, &exchange.error) {
            (Some(response), _) => self.message(
                out,
                '<',
                response,
                Wanted::Only(&["www-authenticate", "location", "retry-after", "content-type"]),
                None,
            ),
            (None, Some(error)) => {
                let _ = writeln!(out, "    < {}", clipped(error.as_str(), self.view.width - 6));
            }
            (None, None) => {}
        }
    }

    /// First line, the headers that matter here, and the start of the body.
    fn message(&self, out: &mut String, mark: char, message: &Message, wanted: Wanted, label: Option<&str>) {
        let width = self.view.width - 6;
        let label = label.map(|label| format!("   ({label})")).unwrap_or_default();
        let _ = writeln!(
            out,
            "    {mark} {}",
            clipped(&format!("{}{label}", message.line), width)
        );
        let headers = message
            .headers
            .iter()
            .filter(|(field, _)| wanted.admits(field.as_str()));
        for (field, value) in headers.take(LINES) {
            let _ = writeln!(out, "    {mark} {}", clipped(&format!("{field}: {value}"), width));
        }
        if !message.body.as_str().trim().is_empty() {
            let _ = writeln!(
                out,
                "    {mark} {}",
                self.faint(&clipped(message.body.as_str().trim(), width))
            );
        }
    }

    /// Skipped checks by reason, with the line that would unlock them.
    fn skipped(&self, out: &mut String) {
        let mut by_reason: BTreeMap<(&str, &str), (usize, BTreeSet<&str>)> = BTreeMap::new();
        for check in self
            .record
            .checks
            .iter()
            .filter(|check| check.verdict == Verdict::Skipped)
        {
            let unlock = check.unlock.as_ref().map_or("", |unlock| unlock.as_str());
            let (number, rules) = by_reason.entry((check.message.as_str(), unlock)).or_default();
            *number += 1;
            rules.insert(check.rule.as_str());
        }
        if by_reason.is_empty() {
            return;
        }
        let _ = writeln!(out, "\n{}", styled("Skipped", Style::Strong, self.view.color));
        for ((reason, unlock), (number, count)) in by_reason {
            let rules: Vec<&str> = count.iter().copied().collect();
            let text = format!("{reason} ({})", rules.join(", "));
            let _ = writeln!(
                out,
                "  {:>3}  {}",
                number,
                wrapped(&text, self.view.width - 9, "       ")
            );
            if !unlock.is_empty() {
                let _ = writeln!(out, "       in the target file: {unlock}");
            }
        }
    }

    /// What discovery could not test.
    fn untested(&self, out: &mut String) {
        let notes: Vec<_> = self
            .record
            .notes
            .iter()
            .filter(|note| note.kind == NoteKind::Untested)
            .collect();
        if notes.is_empty() {
            return;
        }
        let _ = writeln!(
            out,
            "\n{}",
            styled(
                "Could not be tested with what was given",
                Style::Strong,
                self.view.color
            )
        );
        for note in notes {
            let _ = writeln!(out, "  {}", clipped(note.text.as_str(), self.view.width - 2));
            if let Some(unlock) = &note.unlock {
                let _ = writeln!(out, "       in the target file: {unlock}");
            }
        }
    }

    fn stale(&self, out: &mut String) {
        for stale in self.record.baseline.iter().flat_map(|baseline| &baseline.stale) {
            let head = styled("STALE BASELINE", Style::Bad, self.view.color);
            let file = self
                .record
                .baseline
                .as_ref()
                .map_or("", |baseline| baseline.file.as_str());
            let _ = writeln!(
                out,
                "\n{head}  {}  ({})\n  {file}:{}: {}",
                stale.entry,
                clipped(stale.why.as_str(), self.view.width / 2),
                stale.line,
                stale.trouble()
            );
        }
    }

    fn last_line(&self, out: &mut String) {
        let summary = &self.record.summary;
        let all_expected = summary.expected > 0 && summary.verdict == Verdict::Skipped;
        let verdict = if all_expected {
            Verdict::Passed
        } else {
            summary.verdict
        };
        let counts: Vec<String> = [
            (summary.passed, Verdict::Passed),
            (summary.failed, Verdict::Failed),
            (summary.errored, Verdict::Errored),
            (summary.not_testable, Verdict::NotTestable),
            (summary.warned, Verdict::Warned),
            (summary.info, Verdict::Info),
            (summary.skipped, Verdict::Skipped),
        ]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, verdict)| {
            styled(
                &format!("{count} {}", verdict.words()),
                verdict_style(*verdict),
                self.view.color,
            )
        })
        .collect();
        let expected = if summary.expected > 0 {
            format!(" ({} expected by the baseline)", summary.expected)
        } else {
            String::new()
        };
        let seconds = std::time::Duration::from_millis(self.record.run.duration_ms).as_secs_f64();
        let cut = if self.record.complete { "" } else { ", cut short" };
        let word = if self.record.complete {
            verdict.words().to_uppercase()
        } else {
            "INCOMPLETE".to_owned()
        };
        let word = styled(&word, verdict_style(verdict), self.view.color);
        let _ = writeln!(
            out,
            "\n{word}: {}{expected} of {} in {}, {}, {seconds:.2} s{cut}",
            counts.join(", "),
            counted(summary.total, "check"),
            counted(summary.cases, "case"),
            counted(summary.requests, "request"),
        );
    }

    fn faint(&self, text: &str) -> String {
        styled(text, Style::Faint, self.view.color)
    }
}
