use proptest::prelude::*;

use super::*;

fn at(rate: f64, seconds: u64) -> Phase {
    let length = Duration::from_secs(seconds);
    Phase::At { rate, length }
}

fn to(rate: f64, seconds: u64) -> Phase {
    let length = Duration::from_secs(seconds);
    Phase::To { rate, length }
}

fn even(phases: &[Phase]) -> Schedule {
    Schedule::new(phases, Spacing::Even).unwrap()
}

fn all(schedule: &Schedule) -> Vec<(u64, Duration)> {
    schedule.dues(Share::WHOLE).collect()
}

#[test]
fn a_constant_rate_is_a_comb() {
    let schedule = even(&[at(2_000.0, 20)]);
    assert_eq!(schedule.total(), 40_000);
    assert_eq!(schedule.due(0), Some(Duration::ZERO));
    assert_eq!(schedule.due(1), Some(Duration::from_micros(500)));
    assert_eq!(schedule.due(39_999), Some(Duration::from_micros(19_999_500)));
    assert_eq!(schedule.due(40_000), None);
}

#[test]
fn rates_that_do_not_divide_evenly_lose_nothing() {
    assert_eq!(even(&[at(0.1, 30)]).total(), 3);
    assert_eq!(even(&[at(1.0 / 3.0, 30)]).total(), 10);
    assert_eq!(even(&[at(333.3, 10)]).total(), 3_333);
}

#[test]
fn a_ramp_is_the_root_of_its_integral() {
    let schedule = even(&[to(500.0, 10)]);
    assert_eq!(schedule.total(), 2_500);
    // 25 t² = 400 at t = 4.
    assert_eq!(schedule.due(400), Some(Duration::from_secs(4)));
    let down = even(&[at(500.0, 1), to(0.0, 10)]);
    assert_eq!(down.total(), 3_000);
    assert!(down.due(2_999).unwrap() < down.length());
}

#[test]
fn phases_follow_one_another() {
    let schedule = even(&[to(500.0, 10), at(2_000.0, 60), at(0.0, 5), at(100.0, 1)]);
    assert_eq!(schedule.total(), 2_500 + 120_000 + 100);
    assert_eq!(schedule.due(2_500), Some(Duration::from_secs(10)));
    assert_eq!(schedule.due(122_500), Some(Duration::from_secs(75)));
    assert!((schedule.rate(Duration::from_secs(5)) - 250.0).abs() < 1e-9);
    assert!((schedule.peak() - 2_000.0).abs() < 1e-9);
    assert!(schedule.rate(Duration::from_secs(76)).abs() < 1e-9);
}

#[test]
fn what_is_no_schedule() {
    let new = |phases: &[Phase]| Schedule::new(phases, Spacing::Even).map(|_| ());
    assert_eq!(new(&[]), Err(ScheduleError::Empty));
    assert_eq!(new(&[at(0.0, 5)]), Err(ScheduleError::Silent));
    assert_eq!(
        new(&[at(1.0, 1), at(-1.0, 5)]),
        Err(ScheduleError::Rate { phase: 2, rate: -1.0 })
    );
    assert!(matches!(new(&[at(f64::NAN, 5)]), Err(ScheduleError::Rate { .. })));
    assert_eq!(new(&[at(1.0, 0)]), Err(ScheduleError::Length { phase: 1 }));
}

/// Index of dispersion of counts in windows: one for a Poisson process, zero for a comb.
fn dispersion(schedule: &Schedule, windows: u32) -> f64 {
    let width = schedule.length() / windows;
    let mut counts = vec![0.0; windows as usize];
    for (_, due) in all(schedule) {
        counts[(due.as_nanos() / width.as_nanos()) as usize] += 1.0;
    }
    let mean = counts.iter().sum::<f64>() / f64::from(windows);
    counts.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / f64::from(windows) / mean
}

#[test]
fn poisson_arrivals_are_spread_as_such() {
    let poisson = |seed| Schedule::new(&[at(1_000.0, 200)], Spacing::Poisson { seed }).unwrap();
    // The standard error of an index of dispersion over 2,000 windows is √(2 / 2000) ≈ 0.032.
    for seed in 0..5 {
        let found = dispersion(&poisson(seed), 2_000);
        assert!((found - 1.0).abs() < 0.13, "seed {seed}: {found}");
        let total = fraction(poisson(seed).total());
        assert!(
            (total - 200_000.0).abs() < 4.0 * 200_000.0_f64.sqrt(),
            "seed {seed}: {total}"
        );
    }
    assert!(dispersion(&even(&[at(1_000.0, 200)]), 2_000) < 1e-6);
    assert_ne!(all(&poisson(1))[..10], all(&poisson(2))[..10]);
}

fn phases() -> impl Strategy<Value = Vec<Phase>> {
    let rate = prop_oneof![Just(0.0), 0.01_f64..400.0];
    let phase = (any::<bool>(), rate, 1_u64..5_000).prop_map(|(ramp, rate, millis)| {
        let length = Duration::from_millis(millis);
        if ramp {
            Phase::To { rate, length }
        } else {
            Phase::At { rate, length }
        }
    });
    prop::collection::vec(phase, 1..6)
}

fn schedules() -> impl Strategy<Value = Schedule> {
    let spacing = prop_oneof![
        Just(Spacing::Even),
        any::<u64>().prop_map(|seed| Spacing::Poisson { seed })
    ];
    (phases(), spacing).prop_filter_map("a schedule", |(phases, spacing)| {
        Schedule::new(&phases, spacing).ok()
    })
}

proptest! {
    #[test]
    fn dues_never_go_back_and_stay_inside(schedule in schedules()) {
        let all = all(&schedule);
        prop_assert!(all.windows(2).all(|pair| pair[0].1 <= pair[1].1 && pair[0].0 + 1 == pair[1].0));
        prop_assert!(all.iter().all(|(_, due)| *due <= schedule.length()));
        prop_assert_eq!(whole(all.len()), schedule.total());
    }

    #[test]
    fn in_order_and_alone_are_the_same(schedule in schedules(), pick in 0_u64..300) {
        let found = all(&schedule).get(usize::try_from(pick).unwrap()).map(|(_, due)| *due);
        prop_assert_eq!(schedule.due(pick), found);
    }

    #[test]
    fn arrivals_integrate_the_rate(phases in phases(), share in 0.0_f64..1.0) {
        let Ok(schedule) = Schedule::new(&phases, Spacing::Even) else { return Ok(()) };
        let at = schedule.length().mul_f64(share);
        let come = all(&schedule).iter().filter(|(_, due)| *due < at).count();
        prop_assert!((fraction(whole(come)) - schedule.expected(at)).abs() <= 1.0 + 1e-6);
    }

    #[test]
    fn the_integral_and_its_inverse_agree(phases in phases(), share in 0.0_f64..1.0) {
        let Ok(schedule) = Schedule::new(&phases, Spacing::Even) else { return Ok(()) };
        let wanted = share * schedule.full();
        if let Some(at) = schedule.when(wanted) {
            // A duration holds whole nanoseconds.
            let room = 1e-6 + schedule.peak() * 2e-9;
            prop_assert!((schedule.expected(at) - wanted).abs() < room, "{} {wanted}", schedule.expected(at));
        }
    }

    #[test]
    fn shards_and_cores_together_are_the_whole(schedule in schedules(), shards in 1_u64..5, cores in 1_u64..5) {
        let mut parts = Vec::new();
        for shard in 0..shards {
            for core in 0..cores {
                let share = Share::WHOLE.part(shard, shards).and_then(|s| s.part(core, cores)).unwrap();
                parts.extend(schedule.dues(share));
            }
        }
        parts.sort_unstable();
        prop_assert_eq!(parts, all(&schedule));
    }

    #[test]
    fn there_is_no_part_beyond_the_last(n in 0_u64..9, k in 0_u64..9) {
        prop_assert_eq!(Share::WHOLE.part(k, n).is_some(), k < n);
    }
}
