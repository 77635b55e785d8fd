//! What broke and what was missed, a block per rule: a table of its cases, and the evidence folded below.

use super::{ROWS, more, standing_as};
use crate::across::across_revisions;
use crate::evidence;
use crate::markdown::escape::{code, fence, html, prose, words};
use crate::markdown::page::Block;
use crate::record::{Check, Record, Verdict};
use crate::standing::{Standing, cases_of, decides, gravity, rule_of, title_of};
use crate::text::{count, one_line};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Most checks of one rule that are shown with their exchanges.
const EVIDENCE: usize = 5;
/// Most bytes of one body.
const BODY: usize = 2 * 1024;

pub(in crate::markdown) fn broken(record: &Record, strict: bool) -> Vec<Block> {
    groups(record, strict, Standing::Broken, "What broke")
}

pub(in crate::markdown) fn missed(record: &Record, strict: bool) -> Vec<Block> {
    groups(record, strict, Standing::Missed, "Recommendations missed")
}

fn groups(record: &Record, strict: bool, standing: Standing, title: &str) -> Vec<Block> {
    let mut checks: Vec<&Check> = standing_as(record, strict, standing);
    checks.sort_by_key(|check| gravity(check));
    let mut order: Vec<&str> = Vec::new();
    let mut rules: BTreeMap<&str, Vec<&Check>> = BTreeMap::new();
    for check in checks {
        let rule = rule_of(check);
        if !rules.contains_key(rule) {
            order.push(rule);
        }
        rules.entry(rule).or_default().push(check);
    }
    let mut blocks: Vec<Block> = order
        .iter()
        .map(|rule| group(record, rule, &rules[rule]))
        .collect();
    if let Some(first) = blocks.first_mut() {
        first.text.insert_str(0, &format!("### {title}\n\n"));
    }
    blocks
}

fn group(record: &Record, rule: &str, checks: &[&Check]) -> Block {
    let Some(first) = checks.first() else {
        return Block::default();
    };
    let mut out = format!(
        "#### {} · {}\n\n",
        prose(rule),
        prose(&one_line(title_of(first), 300))
    );
    if !first.statement.is_empty() && first.statement.as_str() != title_of(first) {
        let _ = writeln!(out, "{}\n", words(&one_line(first.statement.as_str(), 1_000)));
    }
    let judged = record.checks.iter().filter(|check| {
        rule_of(check) == rule && matches!(check.verdict, Verdict::Passed | Verdict::Failed | Verdict::Warned)
    });
    let mut facts = vec![format!(
        "{} of {} missed it",
        checks.len(),
        count(judged.count() as u64, "check")
    )];
    if !first.level.is_empty() {
        let subject = if first.subject.is_empty() {
            String::new()
        } else {
            format!(" for the {}", first.subject)
        };
        facts.push(format!("{}{subject}", first.level));
    }
    facts.extend(first.sources.iter().take(5).map(|source| one_line(source, 200)));
    let _ = writeln!(out, "{}\n", prose(&facts.join(" · ")));
    if let Some(fix) = &first.fix {
        let _ = writeln!(out, "**To fix it:** {}\n", words(&one_line(fix.as_str(), 1_000)));
    }
    out.push_str("| Case | Why | Where |\n|---|---|---|\n");
    let told = across_revisions(checks.iter().copied());
    for across in told.iter().take(ROWS) {
        let check = across.check;
        let decision = if decides(check) {
            "**Access decision.** "
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "| {} | {decision}{} | {} |",
            code(&one_line(&cases_of(across), 150)),
            prose(&one_line(check.message.as_str(), 300)),
            code(&evidence::place(&check.at))
        );
    }
    more(&mut out, told.len());
    Block {
        text: out,
        evidence: told
            .iter()
            .take(EVIDENCE)
            .map(|across| folded(across.check))
            .collect(),
    }
}

/// The evidence of one check, folded: what differed, the judged exchange, the controls in a line each, the command.
fn folded(check: &Check) -> String {
    let row = if check.case.is_empty() {
        &check.id
    } else {
        &check.case
    };
    let summary = format!(
        "{}: {}",
        one_line(row, 100),
        one_line(check.message.as_str(), 200)
    );
    let mut out = format!("<details><summary>{}</summary>\n\n", html(&summary));
    if !check.findings.is_empty() {
        out.push_str("| | Expected | Got |\n|---|---|---|\n");
        for finding in check.findings.iter().take(10) {
            let _ = writeln!(
                out,
                "| {} | {} | {} |",
                prose(&one_line(&finding.selector, 150)),
                code(&one_line(finding.expected.as_str(), 400)),
                code(&one_line(finding.actual.as_str(), 400))
            );
        }
        out.push('\n');
    }
    let judged = evidence::exchanges(
        check.exchanges.iter().filter(|exchange| exchange.judged).take(3),
        BODY,
    );
    if !judged.is_empty() {
        let _ = writeln!(out, "{}", fence(&judged));
    }
    for control in check.exchanges.iter().filter(|exchange| !exchange.judged).take(6) {
        let answer = control
            .response
            .as_ref()
            .map(|response| &response.line)
            .or(control.error.as_ref());
        let answer = answer.map_or("no answer", |answer| answer.as_str());
        let _ = writeln!(
            out,
            "- {}: {} → {}",
            prose(&one_line(control.label.as_str(), 100)),
            code(&one_line(control.request.line.as_str(), 200)),
            code(&one_line(answer, 200))
        );
    }
    if !check.repeat.is_empty() {
        let gap = if out.ends_with("\n\n") { "" } else { "\n" };
        let _ = writeln!(
            out,
            "{gap}Repeat just this:\n\n{}",
            fence(&one_line(check.repeat.as_str(), 1_000))
        );
    }
    out.push_str("</details>\n");
    out
}
