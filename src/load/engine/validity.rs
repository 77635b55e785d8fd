//! Whether a run of the open model can be trusted. A slow target is never a reason against it: that is what it measures.

use std::fmt;
use std::time::Duration;

use crate::load::meter::{Interval, Measure};

/// Above this share of its time a core is no longer sure to be on time.
const SATURATED: f64 = 0.85;

/// Why a run cannot be trusted: the generator's fault.
#[derive(Debug, Clone, PartialEq)]
pub enum Doubt {
    /// Arrivals were made late.
    Late {
        /// 99 of 100 were not later than this.
        p99: Duration,
        /// What is allowed: a millisecond, or a tenth of the median service time.
        allowed: Duration,
    },
    /// Arrivals were due and not made.
    NotOffered {
        /// How many were due.
        asked: u64,
        /// How many were made.
        offered: u64,
    },
    /// The cores had no time left.
    Saturated {
        /// Share of their time that they were busy, without what exact pacing spins away.
        busy: f64,
    },
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late { p99, allowed } => write!(
                f,
                "the generator was late: p99 of the pacer lag is {p99:?}, allowed are {allowed:?}"
            ),
            Self::NotOffered { asked, offered } => {
                write!(
                    f,
                    "the generator made {offered} of {asked} arrivals that were due"
                )
            }
            Self::Saturated { busy } => write!(
                f,
                "the generator's cores were busy {:.0} % of the time, above {:.0} % they are not sure to be on time",
                busy * 100.0,
                SATURATED * 100.0
            ),
        }
    }
}

/// What speaks against trusting a run of which `asked` arrivals were due.
pub fn doubts(total: &Interval, asked: u64) -> Vec<Doubt> {
    let all = total.overall();
    let quantile = |measure, q| Duration::from_micros(all.of(measure).value_at_quantile(q));
    let p99 = quantile(Measure::PacerLag, 0.99);
    let allowed = Duration::from_millis(1).max(quantile(Measure::Service, 0.5) / 10);
    let busy = total.busy_share();
    let late = (p99 > allowed).then_some(Doubt::Late { p99, allowed });
    let offered = total.offered;
    let missing = (offered < asked).then_some(Doubt::NotOffered { asked, offered });
    let saturated = (busy > SATURATED).then_some(Doubt::Saturated { busy });
    [late, missing, saturated].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(lag: u64, service: u64, busy: u64) -> Interval {
        let mut total = Interval::new(1);
        let millis = Duration::from_millis;
        total.operations[0].record(Measure::PacerLag, Duration::from_micros(lag));
        total.operations[0].record(Measure::Service, Duration::from_micros(service));
        (total.offered, total.busy, total.length) = (10, millis(busy), millis(1_000));
        total
    }

    #[test]
    fn whose_fault_it_is() {
        assert_eq!(doubts(&total(900, 100, 500), 10), []);
        assert!(matches!(
            doubts(&total(1_200, 100, 500), 10)[..],
            [Doubt::Late { .. }]
        ));
        // A tenth of a slow service is allowed.
        assert_eq!(doubts(&total(1_200, 20_000, 500), 10), []);
        assert!(matches!(
            doubts(&total(100, 100, 900), 11)[..],
            [
                Doubt::NotOffered {
                    asked: 11,
                    offered: 10
                },
                Doubt::Saturated { .. }
            ]
        ));
    }
}
