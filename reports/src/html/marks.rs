//! Marks and words of verdicts. A verdict is never told by colour alone: each has a shape and its word.

use super::safe::{counted, grouped};
use crate::record::{Summary, Verdict};
use maud::{Markup, html};

/// The shape of a verdict, drawn, so that it does not depend on a font.
pub(super) fn icon(verdict: Verdict) -> Markup {
    let path = match verdict {
        Verdict::Failed => "M4 4l8 8M12 4l-8 8",
        Verdict::Errored => "M8 3v6M8 12v1",
        Verdict::NotTestable => "M5.5 6a2.5 2.5 0 1 1 3.6 2.2C8.3 8.6 8 9 8 9.8M8 12.3v.7",
        Verdict::Warned => "M8 3.5L13.5 13h-11zM8 7v2.5M8 11.2v.3",
        Verdict::Passed => "M3.5 8.5l3 3 6-7",
        Verdict::Info => "M8 7v5M8 4v.5",
        Verdict::Skipped => "M4 8h8",
    };
    html! {
        svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false" {
            path d=(path) {}
        }
    }
}

/// Shape and word.
pub(super) fn badge(verdict: Verdict) -> Markup {
    html! {
        span class={ "badge " (verdict.as_str()) } { (icon(verdict)) (verdict.words()) }
    }
}

/// All seven counts, and how they share the run.
pub(super) fn counts(summary: &Summary) -> Markup {
    html! {
        (bar(Verdict::WORST_FIRST.map(|verdict| (verdict, summary.count(verdict)))))
        ul class="counts" aria-label="Checks by verdict" {
            @for verdict in Verdict::WORST_FIRST {
                @let count = summary.count(verdict);
                li class={ (verdict.as_str()) @if count == 0 { " none" } } {
                    (icon(verdict)) b { (grouped(count)) } " " span { (verdict.words()) }
                }
            }
        }
    }
}

/// A bar shared in proportion; the smallest share stays visible. Says nothing that is not written beside it.
pub(super) fn bar(shares: impl IntoIterator<Item = (Verdict, u64)> + Clone) -> Markup {
    let present = || shares.clone().into_iter().filter(|(_, count)| *count > 0);
    let total: u64 = present().map(|(_, count)| count).sum();
    let widths: Vec<(Verdict, u64)> = present()
        .map(|(verdict, count)| (verdict, (count.saturating_mul(1_000) / total.max(1)).max(8)))
        .collect();
    let whole: u64 = widths.iter().map(|(_, width)| width).sum();
    let mut at = 0;
    let placed: Vec<(Verdict, u64, u64)> = widths
        .into_iter()
        .map(|(verdict, width)| {
            at += width;
            (verdict, at - width, width)
        })
        .collect();
    html! {
        @if total > 0 {
            svg class="bar" viewBox={ "0 0 " (whole) " 8" } preserveAspectRatio="none" aria-hidden="true" focusable="false" {
                @for (verdict, x, width) in placed {
                    rect class=(verdict.as_str()) x=(x) y="0" width=(width) height="8" {}
                }
            }
        }
    }
}

/// `3 failed · 120 passed`, what there is, worst first.
pub(super) fn tally(verdicts: impl Iterator<Item = Verdict> + Clone) -> Markup {
    let counts: Vec<(Verdict, u64)> = Verdict::WORST_FIRST
        .into_iter()
        .map(|verdict| {
            (
                verdict,
                verdicts.clone().filter(|other| *other == verdict).count() as u64,
            )
        })
        .filter(|(_, count)| *count > 0)
        .collect();
    html! {
        span class="tally" {
            @for (verdict, count) in counts {
                span class=(verdict.as_str()) { (icon(verdict)) (grouped(count)) " " (verdict.words()) } " "
            }
        }
    }
}

/// `in 3 checks`, for headings.
pub(super) fn number(n: usize, noun: &str) -> String {
    counted(n as u64, noun)
}
