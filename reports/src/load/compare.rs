//! The figures of two load runs side by side. Says what differs and whether that exceeds the noise of both; whether it
//! is too much is a threshold's business.

use super::figures::{figure, percent, share};
use super::noise::{Figure, kept, of_all, of_one};
use crate::markdown::prose;
use crate::record::{Clean, Distribution, Load, Operation, Unit};
use crate::text::one_line;
use std::fmt::Write as _;

/// The figures of two load runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadComparison {
    /// First those of all operations, then of each that is in both runs.
    pub figures: Vec<FigureChange>,
    /// Operations that are in one run only.
    pub only: Vec<Clean>,
    /// Whether one of the runs is not valid or was cut short, so that the figures say nothing of the target.
    pub void: bool,
}

/// One figure in both runs.
#[derive(Clone, Debug, PartialEq)]
pub struct FigureChange {
    /// The operation; `all` of all together.
    pub of: Clean,
    /// The figure: `p50`, `p90`, `p99`, `p999`, `rate`, `errors`.
    pub figure: &'static str,
    /// What its values are.
    pub unit: Unit,
    /// In the first run.
    pub before: f64,
    /// In the second run.
    pub after: f64,
    /// What a difference has to exceed to be more than noise; absent where that cannot be told.
    pub noise: Option<f64>,
}

const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999)];

pub(crate) fn compare(before: &Load, after: &Load) -> LoadComparison {
    let mut figures = of_the_whole(before, after);
    let shares: Vec<(&'static str, f64)> = figures
        .iter()
        .filter(|change| change.before > 0.0)
        .filter_map(|change| Some((change.figure, change.noise? / change.before)))
        .collect();
    let mut only = Vec::new();
    for was in &before.operations {
        match after.operations.iter().find(|is| is.name == was.name) {
            Some(is) => figures.extend(of_operation(was, is, &shares)),
            None => only.push(was.name.clone()),
        }
    }
    let known = |is: &&Operation| !before.operations.iter().any(|was| was.name == is.name);
    only.extend(after.operations.iter().filter(known).map(|is| is.name.clone()));
    LoadComparison {
        figures,
        only,
        void: !(before.valid && after.valid),
    }
}

fn of_the_whole(before: &Load, after: &Load) -> Vec<FigureChange> {
    let (was, is) = (&before.overall, &after.overall);
    let noise = |figure| of_all(before, after, figure);
    let mut figures = quantiles(was, is, |_, _, (_, q)| noise(Figure::Quantile(q)));
    figures.push(FigureChange {
        of: is.name.clone(),
        figure: "rate",
        unit: Unit::Number,
        before: before.rate,
        after: after.rate,
        noise: noise(Figure::Rate),
    });
    figures.push(FigureChange {
        noise: noise(Figure::Errors),
        ..errors(was, is)
    });
    figures
}

fn of_operation(was: &Operation, is: &Operation, shares: &[(&'static str, f64)]) -> Vec<FigureChange> {
    let mut figures = quantiles(was, is, |was, is, (word, q)| {
        let of_all = shares.iter().find(|(figure, _)| *figure == word);
        of_one(was, is, q, of_all.map(|(_, share)| *share))
    });
    figures.push(errors(was, is));
    figures
}

fn quantiles(
    was: &Operation,
    is: &Operation,
    noise: impl Fn(&Distribution, &Distribution, (&'static str, f64)) -> Option<f64>,
) -> Vec<FigureChange> {
    if was.response.count == 0 || is.response.count == 0 {
        return Vec::new();
    }
    let one = |(word, q)| {
        Some(FigureChange {
            of: is.name.clone(),
            figure: word,
            unit: Unit::Time,
            before: kept(&was.response, q)?,
            after: kept(&is.response, q)?,
            noise: noise(&was.response, &is.response, (word, q)),
        })
    };
    QUANTILES.into_iter().filter_map(one).collect()
}

/// Of independent calls the share of errors varies as a binomial one does.
fn errors(was: &Operation, is: &Operation) -> FigureChange {
    let of = |operation: &Operation| {
        let (errors, all) = (operation.counts.errors(), operation.counts.total());
        let share = share(errors, all);
        (
            share,
            share * (1.0 - share) / super::figures::fraction(all.max(1)),
        )
    };
    let ((before, one), (after, other)) = (of(was), of(is));
    FigureChange {
        of: is.name.clone(),
        figure: "errors",
        unit: Unit::Share,
        before,
        after,
        noise: Some(3.0 * (one + other).sqrt()),
    }
}

impl FigureChange {
    /// Whether the difference is larger than the noise of both runs; `None` where that cannot be told.
    pub fn exceeds(&self) -> Option<bool> {
        self.noise.map(|noise| (self.after - self.before).abs() > noise)
    }

    /// `+12.3 %`, `-4 %`; of shares the difference in points.
    pub fn change(&self) -> String {
        let sign = if self.after >= self.before { "+" } else { "-" };
        let apart = (self.after - self.before).abs();
        if self.unit == Unit::Share {
            return format!("{sign}{} points", percent(apart).trim_end_matches(" %"));
        }
        if self.before == 0.0 {
            return format!("{sign}{}", figure(self.unit, apart));
        }
        format!("{sign}{:.1} %", apart / self.before.abs() * 100.0)
    }

    /// What the difference means.
    pub fn words(&self) -> &'static str {
        match self.exceeds() {
            None => "too few calls to tell",
            Some(false) => "within the noise",
            Some(true) if self.is_better() => "better, beyond the noise",
            Some(true) => "worse, beyond the noise",
        }
    }

    /// Times and errors are better when they are smaller.
    pub fn is_better(&self) -> bool {
        (self.after < self.before) != (self.unit == Unit::Number)
    }

    /// The figure as people write it.
    pub fn name(&self) -> &'static str {
        if self.figure == "p999" {
            "p99.9"
        } else {
            self.figure
        }
    }

    pub(crate) fn values(&self) -> [String; 2] {
        [self.before, self.after].map(|value| figure(self.unit, value))
    }
}

/// What is said of the method, in one place.
pub(crate) const METHOD: &str = "A difference exceeds the noise when it is more than three standard errors of both \
    runs, estimated by leaving out a block of seconds at a time, of single operations from the spread of their ranks and never less than that of all. What differs between machines is not in it.";

pub(crate) const VOID: &str =
    "one of the two runs is not valid or was cut short: the figures say nothing of the target";

impl LoadComparison {
    pub(crate) fn to_text(&self) -> String {
        let mut out = "\nload\n".to_owned();
        if self.void {
            let _ = writeln!(out, "  {VOID}");
        }
        for change in &self.figures {
            let [before, after] = change.values();
            let of = one_line(change.of.as_str(), 60);
            let name = format!("{} of {of}", change.name());
            let _ = writeln!(
                out,
                "  {name:<24} {before:>10} → {after:>10}  {:>10}  {}",
                change.change(),
                change.words()
            );
        }
        for name in &self.only {
            let _ = writeln!(
                out,
                "  {} is in one of the runs only",
                one_line(name.as_str(), 60)
            );
        }
        let _ = writeln!(out, "  {METHOD}");
        out
    }

    pub(crate) fn to_markdown(&self) -> String {
        let mut out = "\n### Load\n\n".to_owned();
        if self.void {
            let _ = writeln!(out, "> {VOID}\n");
        }
        out.push_str("| Operation | Figure | Before | After | Change | |\n|---|---|---:|---:|---:|---|\n");
        for change in self.figures.iter().take(200) {
            let [before, after] = change.values();
            let _ = writeln!(
                out,
                "| {} | {} | {before} | {after} | {} | {} |",
                prose(&one_line(change.of.as_str(), 60)),
                change.name(),
                change.change(),
                change.words()
            );
        }
        for name in &self.only {
            let _ = writeln!(
                out,
                "\n{} is in one of the runs only.",
                prose(&one_line(name.as_str(), 60))
            );
        }
        let _ = writeln!(out, "\n{METHOD}");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn what_got_slower_is_told_from_what_did_not() {
        let comparison = compare(&testing::load(7, 100), &testing::load(8, 130));
        let of = |figure: &str| {
            let wanted = |change: &&FigureChange| change.figure == figure && change.of.as_str() == "all";
            comparison.figures.iter().find(wanted).unwrap().words()
        };
        assert_eq!(of("p50"), "worse, beyond the noise");
        assert_eq!(
            (of("rate"), of("errors")),
            ("within the noise", "within the noise")
        );
        assert!(!comparison.void && comparison.only.is_empty());
    }

    #[test]
    fn operations_of_one_run_only_are_named() {
        let (mut one, other) = (testing::load(7, 100), testing::load(7, 100));
        one.operations.remove(0);
        one.valid = false;
        let comparison = compare(&one, &other);
        assert_eq!(comparison.only, [testing::clean("search")]);
        assert!(comparison.to_text().contains(VOID));
        assert!(
            comparison
                .figures
                .iter()
                .all(|change| change.exceeds() != Some(true))
        );
    }
}
