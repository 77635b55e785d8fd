//! What a person sees while a load run goes: one line that moves on a terminal, a line now and then in a pipe.

use std::time::Duration;

use hallmark_reports::record::{Counts, Event, Load, Second};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::args::OutputArgs;
use crate::cli::term;
use crate::scenario::time;

/// A rest of a second this short says nothing.
const SHORT: u64 = 200;

/// The live view.
pub(super) struct LoadView {
    bar: ProgressBar,
    terminal: bool,
    quiet: bool,
    /// In a pipe: seconds from one line to the next.
    every: u64,
    length_ms: u64,
    seen: u64,
}

impl LoadView {
    /// On stderr, where stdout is not to be disturbed.
    pub(super) fn new(args: &OutputArgs, length: Duration) -> Self {
        let terminal = term::stderr_is_terminal() && !args.quiet;
        let target = if terminal {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let millis = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(millis), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {wide_msg}") {
            bar.set_style(style.progress_chars("━╸ "));
        }
        Self {
            bar,
            terminal,
            quiet: args.quiet,
            every: (length.as_secs() / 12).clamp(1, 10),
            length_ms: millis,
            seen: 0,
        }
    }

    /// Shows what an event changes.
    pub(super) fn take(&mut self, event: &Event) {
        match event {
            Event::Load(load) if load.overall.counts.is_empty() => self.begins(load),
            Event::LoadSecond(second) => self.second(second),
            _ => {}
        }
    }

    fn begins(&self, load: &Load) {
        if self.quiet {
            return;
        }
        let many = load.identities;
        let callers = if many == 1 {
            "1 caller".to_owned()
        } else {
            format!("{many} callers")
        };
        self.say(&format!("{}; {callers}\n", load.transport.as_str()));
    }

    fn second(&mut self, second: &Second) {
        if second.length_ms < SHORT {
            return;
        }
        self.seen += 1;
        let text = line(second, self.length_ms);
        self.bar
            .set_position((second.at_ms + second.length_ms).min(self.length_ms));
        self.bar.set_message(text.clone());
        if !self.terminal && !self.quiet && self.seen.is_multiple_of(self.every) {
            term::talk(&format!("{text}\n"));
        }
    }

    fn say(&self, text: &str) {
        if self.terminal {
            self.bar.suspend(|| term::talk(text));
        } else {
            term::talk(text);
        }
    }

    /// Takes the line away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// `12 s of 60 s  1,998/s  p50 0.31 ms  p99 1.2 ms  errors 0 %  401: 3`.
fn line(second: &Second, length_ms: u64) -> String {
    let at = Duration::from_millis((second.at_ms + second.length_ms).div_ceil(1000) * 1000);
    let whole = Duration::from_millis(length_ms);
    let lasted = Duration::from_millis(second.length_ms.max(1)).as_secs_f64();
    let ended = second.counts.total();
    #[expect(clippy::cast_precision_loss, reason = "calls of one second")]
    let rate = ended as f64 / lasted;
    let mut text = format!(
        "{} of {}  {rate:.0}/s  p50 {}  p99 {}",
        time::written(at.min(whole)),
        time::written(whole),
        millis(second.response.p50),
        millis(second.response.p99),
    );
    text.push_str(&troubles(&second.counts));
    text
}

/// Classes that are no success, the most frequent first.
fn troubles(counts: &Counts) -> String {
    let mut found: Vec<(&str, u64)> = counts.each().filter(|(class, _)| *class != "ok").collect();
    found.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    found
        .iter()
        .take(4)
        .map(|(class, n)| format!("  {class}: {n}"))
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "microseconds below an hour")]
fn millis(micros: u64) -> String {
    match micros {
        0 => "–".to_owned(),
        1..=9_999 => format!("{:.2} ms", micros as f64 / 1e3),
        10_000..=999_999 => format!("{:.0} ms", micros as f64 / 1e3),
        _ => format!("{:.2} s", micros as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_in_one_line() {
        let mut second = Second {
            at_ms: 11_000,
            length_ms: 1_000,
            counts: [("ok", 1_995), ("429", 3), ("401", 1)].into_iter().collect(),
            ..Second::default()
        };
        (second.response.p50, second.response.p99) = (312, 41_000);
        let text = "12s of 1m  1999/s  p50 0.31 ms  p99 41 ms  429: 3  401: 1";
        assert_eq!(line(&second, 60_000), text);
    }
}
