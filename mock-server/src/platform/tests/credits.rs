//! Credits: a refused call costs nothing, and what is used up is refused until the next period.

use super::{NOW, caller, place, world};
use crate::platform::{Caller, Platform, Scoped};

fn chat(platform: &mut Platform, who: &Caller, now: i64) -> Result<(), (u16, Option<&'static str>)> {
    let finance = place(platform, "globex", "finance");
    let of = Scoped {
        workspace: Some(&finance),
        files: &[],
    };
    let opened = platform.open_chat(who, now, of, "settlement");
    opened
        .map(|_| ())
        .map_err(|refused| (refused.status, refused.reason))
}

fn left(platform: &Platform) -> String {
    let org = platform.org_named("globex").unwrap();
    serde_json::to_string(&org.credits).unwrap()
}

#[test]
fn three_are_left_and_a_refused_call_uses_none() {
    let mut platform = world();
    let (outsider, stranger) = (caller(&platform, "outsider"), caller(&platform, "full"));
    let before = left(&platform);
    for _ in 0..9 {
        assert!(chat(&mut platform, &stranger, NOW).is_err());
    }
    assert_eq!(left(&platform), before);
    for _ in 0..3 {
        assert_eq!(chat(&mut platform, &outsider, NOW), Ok(()));
    }
    let over = Err((402, Some("credits_exhausted")));
    assert_eq!(chat(&mut platform, &outsider, NOW), over);
    let used = left(&platform);
    assert_eq!(chat(&mut platform, &outsider, NOW), over);
    assert_eq!(left(&platform), used, "nor does a call that cannot pay");
    assert_eq!(chat(&mut platform, &outsider, NOW + 30 * 86_400), Ok(()));
}

#[test]
fn administrators_see_what_is_left() {
    let mut platform = world();
    let agent = caller(&platform, "builder");
    let org = platform.create_org(&agent, NOW, "initech", "Initech").unwrap().id;
    platform.create_workspace(&agent, NOW, &org, "one").unwrap();
    assert!(platform.create_workspace(&agent, NOW, &org, "one").is_err());
    let credits = platform.org_credits(&agent, NOW, &org).unwrap();
    assert_eq!((credits.limit, credits.used, credits.left), (5_000, 1, 4_999));
    let stranger = caller(&platform, "org-admin");
    assert_eq!(
        platform.org_credits(&stranger, NOW, &org).unwrap_err().status,
        404
    );
}
