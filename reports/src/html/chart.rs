//! Charts as static SVG. Everything that a theme, a phone or paper changes is a class of the style sheet; an element
//! says only where it is. No script, no inline style: a page is shown under `default-src 'none'; style-src 'self'`.
//!
//! A chart never says alone what is nowhere written: the tables beside it hold the figures.

use super::safe::Shown;
use crate::load::figures::{fraction, whole};
use maud::{Markup, html};
use std::fmt::Write as _;

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 250.0;
const LEFT: f64 = 10.0;
const RIGHT: f64 = WIDTH - 10.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = HEIGHT - 30.0;

/// How values become places on an axis.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scale {
    /// Evenly, from the first to the second.
    Even(f64, f64),
    /// By their logarithm; both are above zero.
    Log(f64, f64),
}

impl Scale {
    /// From zero to a round number not below `most`.
    pub(super) fn from_zero(most: f64) -> Scale {
        let step = round_step(most.max(1e-9) / 4.0);
        Scale::Even(0.0, (most.max(1e-9) / step).ceil() * step)
    }

    /// Whole decades around the values, or a little more than they take where that is less than two.
    pub(super) fn decades(least: f64, most: f64) -> Scale {
        // A year in microseconds is above any time; what is no number becomes an end.
        let within = |us: f64| if us.is_nan() { 1.0 } else { us.clamp(1.0, 3.2e13) };
        let (least, most) = (within(least), within(most));
        if most / least > 60.0 {
            Scale::Log(
                10_f64.powf(least.log10().floor()),
                10_f64.powf(most.log10().ceil()),
            )
        } else {
            Scale::Log(least / 1.3, most * 1.3)
        }
    }

    /// 0 at its beginning, 1 at its end; what is outside stays at the edge.
    fn place(self, value: f64) -> f64 {
        let part = match self {
            Scale::Even(from, to) => (value - from) / (to - from),
            Scale::Log(from, to) => (value.max(from) / from).log10() / (to / from).log10(),
        };
        if part.is_finite() {
            part.clamp(0.0, 1.0)
        } else {
            0.0
        }
    }

    /// The value at a place.
    pub(super) fn at(self, place: f64) -> f64 {
        match self {
            Scale::Even(from, to) => from + (to - from) * place,
            Scale::Log(from, to) => from * (to / from).powf(place),
        }
    }

    pub(super) fn x(self, value: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * self.place(value)
    }

    pub(super) fn y(self, value: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * self.place(value)
    }

    /// Round values along it, four or five.
    pub(super) fn ticks(self) -> Vec<f64> {
        match self {
            Scale::Even(from, to) => {
                let step = round_step((to - from) / 4.0);
                let n = whole((to - from) / step).min(20);
                (0..=n).map(|k| from + step * fraction(k)).collect()
            }
            Scale::Log(from, to) => logarithmic(from, to),
        }
    }
}

/// 1, 2 or 5 times a power of ten, not below.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let times = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|times| times * power >= least * 0.999);
    times.unwrap_or(10.0) * power
}

fn logarithmic(from: f64, to: f64) -> Vec<f64> {
    let decades = (to / from).log10();
    let times: &[f64] = if decades > 2.5 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let mut power = 10_f64.powf(from.log10().floor());
    let mut ticks = Vec::new();
    while power <= to * 1.001 {
        ticks.extend(
            times
                .iter()
                .map(|t| t * power)
                .filter(|t| (from * 0.999..=to * 1.001).contains(t)),
        );
        power *= 10.0;
    }
    let every = ticks.len().div_ceil(6).max(1);
    ticks.into_iter().step_by(every).collect()
}

/// One tick: where, and what is written there.
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
}

/// Ticks of a scale with their labels.
pub(super) fn ticks(scale: Scale, label: impl Fn(f64) -> String) -> Vec<Tick> {
    scale
        .ticks()
        .into_iter()
        .map(|at| Tick { at, label: label(at) })
        .collect()
}

/// A chart with its caption, its axes, what is drawn in it, and its key.
pub(super) struct Chart {
    /// What it shows, as a caption.
    pub(super) title: String,
    /// The same with the main figures, for those who do not see it.
    pub(super) told: String,
    pub(super) x: (Scale, Vec<Tick>),
    pub(super) y: (Scale, Vec<Tick>),
    /// What is drawn, from the back to the front.
    pub(super) inside: Vec<Markup>,
    /// Class and name of each series.
    pub(super) key: Vec<(&'static str, String)>,
}

impl Chart {
    pub(super) fn draw(&self) -> Markup {
        html! {
            figure class="chart" {
                figcaption { (Shown(&self.title)) }
                svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(Shown(&self.told)) focusable="false" {
                    (self.grid())
                    @for part in &self.inside { (part) }
                    (self.labels())
                }
                @if self.key.len() > 1 { (key(&self.key)) }
            }
        }
    }

    fn grid(&self) -> Markup {
        let (x, y) = (&self.x, &self.y);
        html! {
            @for tick in &y.1 { path class="grid" d=(across(y.0.y(tick.at))) {} }
            @for tick in &x.1 { path class="grid" d=(down(x.0.x(tick.at), BOTTOM, BOTTOM + 5.0)) {} }
            path class="edge" d=(across(BOTTOM)) {}
        }
    }

    /// Those of the y axis stand on their lines, so that no margin has to be kept for them. The last ones of the x
    /// axis are written towards the middle.
    fn labels(&self) -> Markup {
        let (x, y) = (&self.x, &self.y);
        let lowest = y.1.first().map_or(0.0, |tick| tick.at);
        html! {
            @for tick in y.1.iter().filter(|tick| y.0.y(tick.at) < BOTTOM - 8.0 || tick.at > lowest) {
                text class="tick" x=(tenths(LEFT)) y=(tenths(y.0.y(tick.at) - 4.0)) { (Shown(&tick.label)) }
            }
            @for (place, tick) in x.1.iter().enumerate() {
                @let at = x.0.x(tick.at);
                text class={ "tick " (anchor(at)) @if place % 2 == 1 { " minor" } } x=(tenths(at)) y=(tenths(BOTTOM + 20.0)) {
                    (Shown(&tick.label))
                }
            }
        }
    }
}

fn anchor(x: f64) -> &'static str {
    if x < LEFT + 30.0 {
        "start"
    } else if x > RIGHT - 30.0 {
        "end"
    } else {
        "middle"
    }
}

/// The names of the series, each with a stroke as in the chart.
fn key(series: &[(&'static str, String)]) -> Markup {
    html! {
        ul class="legend" aria-label="Key" {
            @for (class, name) in series {
                li class=(class) {
                    svg class="swatch" viewBox="0 0 24 10" width="24" height="10" aria-hidden="true" focusable="false" {
                        path class="line" d="M1 5h22" {}
                    }
                    (Shown(name))
                }
            }
        }
    }
}

/// A line through points; `None` interrupts it.
pub(super) fn line(class: &str, points: impl IntoIterator<Item = Option<(f64, f64)>>) -> Markup {
    let mut path = String::new();
    let mut pen = 'M';
    for point in points {
        match point {
            Some((x, y)) => {
                let _ = write!(path, "{pen}{} {}", tenths(x), tenths(y));
                pen = 'L';
            }
            None => pen = 'M',
        }
    }
    html! { g class=(class) { path class="line" d=(path) {} } }
}

/// A line that keeps its value over each interval, from `x` to the next one's; `None` interrupts it.
pub(super) fn steps(class: &str, intervals: impl IntoIterator<Item = (f64, f64, Option<f64>)>) -> Markup {
    let points = intervals.into_iter().flat_map(|(from, to, y)| match y {
        Some(y) => [Some((from, y)), Some((to, y))],
        None => [None, None],
    });
    line(class, points)
}

/// A filled rectangle, from `top` to `bottom`. What is there stays visible.
pub(super) fn block(class: &str, (left, right): (f64, f64), (top, bottom): (f64, f64)) -> Markup {
    html! {
        rect class={ "block " (class) } x=(tenths(left)) y=(tenths(top)) width=(tenths((right - left).max(0.5)))
            height=(tenths((bottom - top).max(0.8))) {}
    }
}

/// The part of the time axis that is not measured.
pub(super) fn shade(scale: Scale, until: f64) -> Markup {
    html! {
        @if scale.x(until) > LEFT + 0.5 {
            rect class="warm-up" x=(tenths(LEFT)) y=(tenths(TOP)) width=(tenths(scale.x(until) - LEFT)) height=(tenths(BOTTOM - TOP)) {}
        }
    }
}

/// A vertical line with a word at its top.
pub(super) fn mark(class: &str, x: f64, word: &str) -> Markup {
    html! {
        g class=(class) {
            path class="mark" d=(down(x, TOP - 6.0, BOTTOM)) {}
            text class={ "mark-word " (anchor(x)) } x=(tenths(x)) y=(tenths(TOP - 11.0)) { (Shown(word)) }
        }
    }
}

/// The bottom of the plot.
pub(super) fn floor() -> f64 {
    BOTTOM
}

fn across(y: f64) -> String {
    format!("M{} {}H{}", tenths(LEFT), tenths(y), tenths(RIGHT))
}

fn down(x: f64, from: f64, to: f64) -> String {
    format!("M{} {}V{}", tenths(x), tenths(from), tenths(to))
}

/// A place with one digit behind the point, so that the same figures always give the same page.
fn tenths(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        let table: [(Scale, &[f64]); 5] = [
            (Scale::from_zero(400.0), &[0.0, 100.0, 200.0, 300.0, 400.0]),
            (Scale::from_zero(7.0), &[0.0, 2.0, 4.0, 6.0, 8.0]),
            (
                Scale::decades(20.0, 900_000.0),
                &[10.0, 100.0, 1e3, 1e4, 1e5, 1e6],
            ),
            (Scale::decades(6_000.0, 40_000.0), &[5e3, 1e4, 2e4, 5e4]),
            (Scale::decades(100.0, 110.0), &[100.0]),
        ];
        for (scale, ticks) in table {
            let got = scale.ticks();
            assert!(
                got.iter()
                    .zip(ticks)
                    .all(|(a, b)| (a - b).abs() < b * 1e-6 + 1e-9),
                "{got:?} {ticks:?}"
            );
            assert_eq!(got.len(), ticks.len(), "{got:?} {ticks:?}");
        }
    }

    #[test]
    fn nothing_leaves_the_chart() {
        for scale in [
            Scale::from_zero(0.0),
            Scale::decades(0.0, 0.0),
            Scale::decades(5.0, f64::MAX),
            Scale::Even(1.0, 1.0),
        ] {
            for value in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e300] {
                assert!((LEFT..=RIGHT).contains(&scale.x(value)), "{scale:?} {value}");
                assert!((TOP..=BOTTOM).contains(&scale.y(value)), "{scale:?} {value}");
            }
            assert!(scale.ticks().len() < 30);
        }
    }
}
