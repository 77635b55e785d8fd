//! The table of role × scope × operation.

use super::{caller, place, scoped, world};
use crate::platform::{Demand, Mode, Platform, Refusal, Switches};

const UNKNOWN: &str = "4999999999999999999";

fn code(outcome: Result<(), Refusal>) -> u32 {
    outcome.map_or_else(|refusal| refusal.code, |()| 0)
}

fn demands(platform: &Platform) -> [(&'static str, Demand); 8] {
    let (finance, support) = (
        place(platform, "acme", "finance"),
        place(platform, "acme", "support"),
    );
    let acme = platform.org_named("acme").unwrap().id.clone();
    let globex = place(platform, "globex", "finance");
    [
        ("finance r", Demand::workspace(&finance, Mode::R)),
        ("finance rw", Demand::workspace(&finance, Mode::Rw)),
        ("finance rwa", Demand::workspace(&finance, Mode::Rwa)),
        ("support r", Demand::workspace(&support, Mode::R)),
        ("support rw", Demand::workspace(&support, Mode::Rw)),
        ("globex r", Demand::workspace(&globex, Mode::R)),
        ("acme r", Demand::org(&acme, Mode::R)),
        ("account rw", Demand::account(Mode::Rw)),
    ]
}

#[test]
fn role_and_scope_decide_together() {
    let platform = world();
    // Columns as in `demands`; 0 permits, other numbers are codes.
    for (key, scopes, expected) in [
        (
            "finance-ro",
            &[][..],
            [10_175, 10_770, 10_767, 10_175, 10_770, 10_175, 10_175, 10_770],
        ),
        (
            "finance-ro",
            &["workspace:{finance}:r"],
            [0, 10_770, 10_767, 10_175, 10_770, 100_220, 10_175, 10_770],
        ),
        (
            "finance-ro",
            &["workspace:*:r"],
            [0, 10_770, 10_767, 10_545, 10_770, 100_220, 10_175, 10_770],
        ),
        (
            "finance-rw",
            &["workspace:{finance}:rw"],
            [0, 0, 10_767, 10_175, 10_175, 100_220, 10_175, 10_175],
        ),
        (
            "finance-rw",
            &["workspace:{finance}:rwa"],
            [0, 0, 10_545, 10_175, 10_175, 100_220, 10_175, 10_175],
        ),
        (
            "finance-rw",
            &["org:{acme}:rw"],
            [0, 0, 10_767, 10_545, 10_545, 100_220, 10_545, 10_175],
        ),
        (
            "finance-rw",
            &["workspace:{globex-finance}:rw"],
            [10_175, 10_175, 10_767, 10_175, 10_175, 100_220, 10_175, 10_175],
        ),
        ("full", &["user:*:rw"], [0, 0, 10_767, 0, 0, 100_220, 0, 0]),
        (
            "full",
            &["userdetails:*:rw"],
            [10_175, 10_175, 10_767, 10_175, 10_175, 100_220, 10_175, 10_175],
        ),
        (
            "full",
            &["org:*:r", "workspace:{support}:rw"],
            [0, 10_770, 10_767, 0, 0, 100_220, 0, 10_175],
        ),
        (
            "org-admin",
            &["org:{acme}:rwa"],
            [0, 0, 0, 0, 0, 100_220, 0, 10_175],
        ),
        (
            "org-admin",
            &["org:{globex}:rwa"],
            [10_175, 10_175, 10_175, 10_175, 10_175, 100_220, 10_175, 10_175],
        ),
        (
            "support-ro",
            &["user:*:rwa"],
            [10_545, 10_545, 10_545, 0, 10_545, 100_220, 10_545, 0],
        ),
        (
            "two-ws",
            &["workspace:{finance}:rw", "workspace:{support}:r"],
            [0, 0, 10_767, 0, 10_770, 100_220, 10_175, 10_175],
        ),
        (
            "outsider",
            &["user:*:rw"],
            [100_220, 100_220, 10_767, 100_220, 100_220, 0, 100_220, 0],
        ),
    ] {
        let caller = scoped(&platform, key, scopes);
        for ((name, demand), expected) in demands(&platform).into_iter().zip(expected) {
            assert_eq!(
                code(platform.permit(&caller, &demand)),
                expected,
                "{key} {scopes:?} {name}"
            );
        }
    }
}

#[test]
fn a_foreign_id_is_answered_like_one_that_never_was() {
    let platform = world();
    for key in ["finance-ro", "finance-rw", "full", "org-admin", "two-ws"] {
        let caller = caller(&platform, key);
        let foreign = platform.workspace_details(&caller, &place(&platform, "globex", "finance"));
        assert_eq!(foreign.unwrap_err(), Refusal::not_found());
        assert_eq!(
            platform.workspace_details(&caller, UNKNOWN).unwrap_err(),
            Refusal::not_found()
        );
        let foreign = platform.org_details(&caller, &platform.org_named("globex").unwrap().id);
        assert_eq!(foreign.unwrap_err(), Refusal::not_found());
    }
}

#[test]
fn a_refusal_names_the_least_scope_that_would_do() {
    let platform = world();
    let finance = place(&platform, "acme", "finance");
    let refused = platform.permit(
        &caller(&platform, "finance-ro"),
        &Demand::workspace(&finance, Mode::Rw),
    );
    let refused = refused.unwrap_err();
    assert_eq!(refused.scope_needed, Some(format!("workspace:{finance}:rw")));
    assert_eq!(refused.params.unwrap()["reason"], "scope_write_required");
}

#[test]
fn an_unchecked_write_scope_lets_readers_write_and_nothing_else() {
    let mut platform = world();
    platform.switches = Switches {
        write_scope_unchecked: true,
        ..Switches::default()
    };
    let caller = caller(&platform, "finance-ro");
    let outcomes = demands(&platform).map(|(_, demand)| code(platform.permit(&caller, &demand)));
    assert_eq!(outcomes, [0, 0, 10_545, 10_175, 10_175, 100_220, 10_175, 10_175]);
}

#[test]
fn ungranted_objects_may_be_hidden() {
    let mut platform = world();
    platform.switches = Switches {
        ungranted_not_found: true,
        ..Switches::default()
    };
    let caller = caller(&platform, "finance-rw");
    let outcomes = demands(&platform).map(|(_, demand)| code(platform.permit(&caller, &demand)));
    assert_eq!(
        outcomes,
        [0, 0, 10_767, 100_220, 100_220, 100_220, 100_220, 10_175]
    );
}
