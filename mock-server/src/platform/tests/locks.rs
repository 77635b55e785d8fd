//! Locks: who gets one, what it keeps others from, how it ends, and each way in which that can go wrong.

use super::{NOW, caller, place, world};
use crate::platform::{Caller, Guard, LockSwitches, LockWish, Platform};

/// A world with a file in it, and two agents that may write there.
struct Desk {
    platform: Platform,
    finance: String,
    file: String,
    one: Caller,
    two: Caller,
}

fn desk(locks: LockSwitches) -> Desk {
    let mut platform = world();
    platform.switches.locks = locks;
    let finance = place(&platform, "acme", "finance");
    let (one, two) = (
        caller(&platform, "finance-rw"),
        caller(&platform, "second-writer"),
    );
    let file = platform
        .create_note(&one, NOW, (&finance, "root"), "a.md", "one")
        .unwrap()
        .id;
    Desk {
        platform,
        finance,
        file,
        one,
        two,
    }
}

impl Desk {
    fn at(&self) -> (String, String) {
        (self.finance.clone(), self.file.clone())
    }

    /// The token of a lock, or the status of the refusal.
    fn lock(&mut self, who: &Caller, now: i64) -> Result<String, u16> {
        let (finance, file) = self.at();
        let wish = LockWish {
            duration: Some(60),
            ..LockWish::default()
        };
        let grant = self.platform.acquire_lock(who, now, (&finance, &file), wish);
        grant
            .map(|grant| grant.lock_token)
            .map_err(|refused| refused.status)
    }

    fn write(&mut self, who: &Caller, now: i64, lock: Option<&str>) -> Result<(), u16> {
        let (finance, file) = self.at();
        let guard = Guard { version: None, lock };
        let changed = self
            .platform
            .update_note(who, now, (&finance, &file), "two", guard);
        changed.map(|_| ()).map_err(|refused| refused.status)
    }

    fn shift(&mut self, who: &Caller) -> Result<(), u16> {
        let (finance, file) = self.at();
        let moved = self.platform.move_node(who, NOW, (&finance, &file), "root", None);
        moved.map(|_| ()).map_err(|refused| refused.status)
    }

    fn release(&mut self, who: &Caller, now: i64, token: &str) -> Result<(), u16> {
        let (finance, file) = self.at();
        let released = self.platform.release_lock(who, now, (&finance, &file), token);
        released.map_err(|refused| refused.status)
    }
}

#[test]
fn a_held_lock_keeps_others_out_and_serves_its_holder() {
    let mut desk = desk(LockSwitches::default());
    let (one, two) = (desk.one.clone(), desk.two.clone());
    let token = desk.lock(&one, NOW).unwrap();
    assert_eq!(desk.lock(&two, NOW), Err(409));
    assert_eq!(desk.lock(&one, NOW), Err(409), "no exception for its holder");
    assert_eq!(desk.write(&two, NOW, None), Err(423));
    assert_eq!(
        desk.write(&two, NOW, Some(&token)),
        Err(423),
        "the token is not enough"
    );
    assert_eq!(desk.shift(&two), Err(423));
    assert_eq!(desk.write(&one, NOW, None), Ok(()));
    assert_eq!(desk.write(&one, NOW, Some(&token)), Ok(()));
    assert_eq!(desk.write(&one, NOW, Some("another")), Err(409));
    assert_eq!(desk.release(&two, NOW, &token), Err(409));
    assert_eq!(desk.release(&one, NOW, ""), Err(406));
    assert_eq!(desk.release(&one, NOW, &token), Ok(()));
    assert_eq!(desk.write(&two, NOW, None), Ok(()));
    let told = serde_json::to_string(&desk.platform).unwrap();
    assert!(!told.contains(&token), "no export holds a token");
}

#[test]
fn a_folder_is_as_locked_as_what_is_in_it() {
    let mut desk = desk(LockSwitches::default());
    let (one, two) = (desk.one.clone(), desk.two.clone());
    let finance = desk.finance.clone();
    let folder = desk
        .platform
        .create_folder(&one, NOW, (&finance, "root"), "f")
        .unwrap();
    let note = desk
        .platform
        .create_note(&one, NOW, (&finance, &folder.id), "b.md", "")
        .unwrap();
    desk.file = note.id;
    desk.lock(&one, NOW).unwrap();
    let at = (finance.as_str(), folder.id.as_str());
    let refused = desk.platform.delete_node(&two, NOW, at, None).unwrap_err();
    assert_eq!(refused.status, 423);
    desk.platform.delete_node(&one, NOW, at, None).unwrap();
    let wish = LockWish::default();
    let refused = desk.platform.acquire_lock(&one, NOW, at, wish).unwrap_err();
    assert_eq!(refused.status, 404, "trashed");
}

#[test]
fn a_lock_ends_with_its_time_and_its_late_holder_is_told() {
    let mut desk = desk(LockSwitches::default());
    let (one, two) = (desk.one.clone(), desk.two.clone());
    let old = desk.lock(&one, NOW).unwrap();
    assert_eq!(desk.lock(&two, NOW + 59), Err(409));
    let new = desk.lock(&two, NOW + 60).unwrap();
    assert_ne!(old, new);
    assert_eq!(desk.write(&one, NOW + 61, Some(&old)), Err(423));
    assert_eq!(desk.release(&two, NOW + 61, &new), Ok(()));
    assert_eq!(desk.write(&one, NOW + 61, Some(&old)), Err(409));
    assert_eq!(desk.write(&one, NOW + 61, None), Ok(()));
}

#[test]
fn a_heartbeat_lets_the_time_begin_anew() {
    let mut desk = desk(LockSwitches::default());
    let (one, two, at) = (desk.one.clone(), desk.two.clone(), desk.at());
    let token = desk.lock(&one, NOW).unwrap();
    let at = (at.0.as_str(), at.1.as_str());
    desk.platform.renew_lock(&one, NOW + 50, at, &token).unwrap();
    assert_eq!(desk.lock(&two, NOW + 70), Err(409));
    assert!(desk.lock(&two, NOW + 110).is_ok());
    let late = desk.platform.renew_lock(&one, NOW + 111, at, &token).unwrap_err();
    assert_eq!(late.status, 409);
}

#[test]
fn what_is_told_of_a_lock_depends_on_the_role_and_holds_no_token() {
    let mut desk = desk(LockSwitches::default());
    let (one, at) = (desk.one.clone(), desk.at());
    let at = (at.0.as_str(), at.1.as_str());
    let token = desk.lock(&one, NOW).unwrap();
    let told = |who: &Caller, platform: &Platform| {
        let info = platform.lock_status(who, NOW, at).unwrap();
        serde_json::to_string(&info).unwrap()
    };
    let member = told(&desk.two, &desk.platform);
    assert!(member.contains(&one.credential) && !member.contains(&token));
    let visitor = desk.platform.visitor();
    assert!(!told(&visitor, &desk.platform).contains(&one.credential));
}

#[test]
fn a_revoked_key_holds_nothing() {
    let mut desk = desk(LockSwitches::default());
    let (one, two) = (desk.one.clone(), desk.two.clone());
    desk.lock(&one, NOW).unwrap();
    desk.platform.keys.revoke(&one.credential, NOW);
    assert!(desk.lock(&two, NOW).is_ok());
}

#[test]
fn durations_are_bounded() {
    let mut desk = desk(LockSwitches::default());
    let (one, at) = (desk.one.clone(), desk.at());
    for (duration, fits) in [(59, false), (60, true), (3600, true), (3601, false)] {
        let wish = LockWish {
            duration: Some(duration),
            ..LockWish::default()
        };
        let now = NOW + duration * 100;
        let taken = desk.platform.acquire_lock(&one, now, (&at.0, &at.1), wish);
        assert_eq!(taken.is_ok(), fits, "{duration}");
    }
}

/// One switch that is on.
fn only(set: fn(&mut LockSwitches)) -> LockSwitches {
    let mut switches = LockSwitches::default();
    set(&mut switches);
    switches
}

/// Each defect, by what then goes wrong.
#[test]
fn every_flaw_bites_and_only_while_it_is_on() {
    type Bites = fn(&mut Desk) -> bool;
    let sound = LockSwitches::default();
    let table: [(LockSwitches, Bites); 9] = [
        (only(|on| on.advisory = true), |desk| {
            let (one, two) = (desk.one.clone(), desk.two.clone());
            desk.lock(&one, NOW).unwrap();
            desk.write(&two, NOW, None).is_ok()
        }),
        (only(|on| on.shared = true), |desk| {
            let (one, two) = (desk.one.clone(), desk.two.clone());
            desk.lock(&one, NOW).unwrap();
            desk.lock(&two, NOW).is_ok()
        }),
        (only(|on| on.moves_free = true), |desk| {
            let (one, two) = (desk.one.clone(), desk.two.clone());
            desk.lock(&one, NOW).unwrap();
            assert_eq!(desk.write(&two, NOW, None), Err(423));
            desk.shift(&two).is_ok()
        }),
        (only(|on| on.anybody_ends = true), |desk| {
            let (one, two) = (desk.one.clone(), desk.two.clone());
            desk.lock(&one, NOW).unwrap();
            desk.release(&two, NOW, "made up").is_ok()
        }),
        (only(|on| on.unfenced = true), |desk| {
            let (one, two) = (desk.one.clone(), desk.two.clone());
            let old = desk.lock(&one, NOW).unwrap();
            desk.lock(&two, NOW + 60).unwrap();
            assert_eq!(desk.write(&one, NOW + 60, None), Err(423));
            desk.write(&one, NOW + 60, Some(&old)).is_ok()
        }),
        (only(|on| on.endless = true), |desk| {
            let (one, two) = (desk.one.clone(), desk.two.clone());
            desk.lock(&one, NOW).unwrap();
            desk.lock(&two, NOW + 99).is_err()
        }),
        (only(|on| on.orphans = true), |desk| {
            let (one, two) = (desk.one.clone(), desk.two.clone());
            desk.lock(&one, NOW).unwrap();
            desk.platform.keys.revoke(&one.credential, NOW);
            desk.lock(&two, NOW + 99).is_err()
        }),
        (only(|on| on.reuses = true), |desk| {
            let one = desk.one.clone();
            desk.lock(&one, NOW) == desk.lock(&one, NOW + 60)
        }),
        (only(|on| on.tells_token = true), |desk| {
            let (one, at) = (desk.one.clone(), desk.at());
            let token = desk.lock(&one, NOW).unwrap();
            let told = desk.platform.lock_status(&desk.two, NOW, (&at.0, &at.1)).unwrap();
            serde_json::to_string(&told).unwrap().contains(&token)
        }),
    ];
    for (switches, bites) in table {
        assert!(bites(&mut desk(switches)), "{switches:?}");
        assert!(!bites(&mut desk(sound)), "{switches:?} bites without being on");
    }
}

#[test]
fn an_upload_and_an_old_version_are_changes_like_any_other() {
    let mut desk = desk(LockSwitches::default());
    let (one, two, finance) = (desk.one.clone(), desk.two.clone(), desk.finance.clone());
    let store = |platform: &mut Platform, who: &Caller, name: &str, lock: Option<&str>| {
        let done = platform.store_file(who, NOW, (&finance, "root"), (name, "text"), None, lock);
        done.map(|upload| upload.new_file_id)
            .map_err(|refused| refused.status)
    };
    desk.file = store(&mut desk.platform, &one, "a.txt", None).unwrap();
    let at = (desk.finance.clone(), desk.file.clone());
    let versions = desk.platform.node_versions(&one, &at.0, &at.1).unwrap();
    let oldest = versions.last().unwrap().id.clone();
    let token = desk.lock(&one, NOW).unwrap();
    let restore = |platform: &mut Platform, who: &Caller| {
        let place = (at.0.as_str(), at.1.as_str());
        let done = platform.restore_version(who, NOW, place, &oldest, Guard::default());
        done.map(|_| ()).map_err(|refused| refused.status)
    };
    assert_eq!(restore(&mut desk.platform, &two), Err(423));
    assert_eq!(store(&mut desk.platform, &two, "a.txt", None), Err(423));
    assert!(restore(&mut desk.platform, &one).is_ok());
    assert!(store(&mut desk.platform, &one, "a.txt", Some(&token)).is_ok());
    assert_eq!(store(&mut desk.platform, &one, "b.txt", Some(&token)), Err(409));
    assert!(store(&mut desk.platform, &two, "b.txt", None).is_ok());
}
