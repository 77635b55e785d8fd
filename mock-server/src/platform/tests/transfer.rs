//! Handing over: one owner at any time, an agent that stays an administrator and gains nothing, claims that end.

use super::{NOW, caller, world};
use crate::platform::{Caller, Entity, EventFilter, Platform, Role, TransferSwitches};

const LIFE: i64 = 72 * 3600;

/// An organisation that an agent built, and the people around it.
struct Handover {
    platform: Platform,
    org: String,
    agent: Caller,
    one: Caller,
    two: Caller,
}

fn handover(transfer: TransferSwitches) -> Handover {
    let mut platform = world();
    platform.switches.transfer = transfer;
    let agent = caller(&platform, "builder");
    let org = platform.create_org(&agent, NOW, "initech", "Initech").unwrap().id;
    Handover {
        one: caller(&platform, "recipient"),
        two: caller(&platform, "second-recipient"),
        platform,
        org,
        agent,
    }
}

impl Handover {
    fn offer(&mut self) -> String {
        self.platform
            .create_claim(&self.agent, NOW, &self.org, None)
            .unwrap()
            .1
    }

    fn claim(&mut self, who: &Caller, now: i64, value: &str) -> Result<(), u16> {
        let claimed = self.platform.claim_org(who, now, value);
        claimed.map(|_| ()).map_err(|refused| refused.status)
    }

    fn owners(&self) -> Vec<String> {
        let members = self.platform.org_members(&self.agent, &self.org).unwrap();
        let owners = members.into_iter().filter(|member| member.role == Role::Owner);
        owners.map(|member| member.id).collect()
    }

    fn administers(&mut self, who: &Caller) -> bool {
        let org = self.org.clone();
        let guest = caller(&self.platform, "outsider").user;
        let added = self
            .platform
            .add_member(who, NOW, (Entity::Org, &org), &guest, Role::Guest);
        added.is_ok()
    }

    fn named_owner(&self) -> String {
        self.platform.org_details(&self.agent, &self.org).unwrap().owner
    }
}

#[test]
fn a_claim_makes_a_person_the_owner_and_leaves_the_agent_an_administrator() {
    let mut all = handover(TransferSwitches::default());
    let (agent, one) = (all.agent.clone(), all.one.clone());
    let place = all
        .platform
        .create_workspace(&agent, NOW, &all.org, "files")
        .unwrap();
    let value = all.offer();
    assert_eq!(value.len(), 64);
    assert!(!serde_json::to_string(&all.platform).unwrap().contains(&value));
    assert_eq!(all.claim(&one, NOW, &value), Ok(()));
    assert_eq!(all.owners(), vec![one.user.clone()]);
    assert_eq!(all.named_owner(), one.user);
    assert!(all.administers(&agent) && all.administers(&one));
    let roles = |who: &Caller| all.platform.workspace_details(who, &place.id).unwrap().role;
    assert_eq!(
        (roles(&agent), roles(&one)),
        (Some(Role::Admin), Some(Role::Owner))
    );
    let again = all
        .platform
        .create_claim(&agent, NOW, &all.org, None)
        .unwrap_err();
    assert_eq!(again.status, 403, "only an owner hands over");
}

#[test]
fn claims_are_good_once_for_a_while_for_people_and_for_whom_they_are_meant() {
    let mut all = handover(TransferSwitches::default());
    let (agent, one, two) = (all.agent.clone(), all.one.clone(), all.two.clone());
    let (used, spare, late) = (all.offer(), all.offer(), all.offer());
    let meant = Some("recipient@example.com");
    let (view, meant) = all.platform.create_claim(&agent, NOW, &all.org, meant).unwrap();
    assert_eq!(all.claim(&two, NOW, &meant), Err(404));
    all.platform
        .delete_claim(&agent, NOW, &all.org, &view.id)
        .unwrap();
    assert_eq!(all.claim(&one, NOW, &meant), Err(404));
    assert_eq!(all.claim(&agent, NOW, &used), Err(403));
    assert_eq!(all.claim(&one, NOW + LIFE, &late), Err(404));
    assert_eq!(all.claim(&one, NOW + LIFE - 1, &used), Ok(()));
    assert_eq!(all.claim(&two, NOW, &used), Err(404));
    assert_eq!(all.claim(&two, NOW, &spare), Err(404));
}

#[test]
fn at_most_five_claims_are_open() {
    let mut all = handover(TransferSwitches::default());
    for _ in 0..5 {
        all.offer();
    }
    let agent = all.agent.clone();
    let sixth = all
        .platform
        .create_claim(&agent, NOW, &all.org, None)
        .unwrap_err();
    assert_eq!(sixth.status, 412);
    assert!(
        all.platform
            .create_claim(&agent, NOW + LIFE, &all.org, None)
            .is_ok()
    );
    let listed = all.platform.list_claims(&agent, NOW + LIFE, &all.org).unwrap();
    assert_eq!(listed.iter().filter(|claim| claim.active).count(), 1);
}

#[test]
fn an_owner_names_a_member_its_successor() {
    let mut all = handover(TransferSwitches::default());
    let (agent, one, org) = (all.agent.clone(), all.one.clone(), all.org.clone());
    let at = (Entity::Org, org.as_str());
    let give = |platform: &mut Platform, who: &Caller, to: &Caller| {
        let given = platform.transfer_ownership(who, NOW, at, &to.user);
        given.map_err(|refused| refused.status)
    };
    assert_eq!(give(&mut all.platform, &agent, &one), Err(404), "no member");
    all.platform
        .add_member(&agent, NOW, at, &one.user, Role::Member)
        .unwrap();
    assert_eq!(give(&mut all.platform, &agent, &one), Ok(()));
    assert_eq!(give(&mut all.platform, &agent, &agent), Err(403));
    let demoted = all
        .platform
        .add_member(&agent, NOW, at, &one.user, Role::Member)
        .unwrap_err();
    assert_eq!(demoted.status, 406, "nobody demotes the owner");
    assert_eq!(all.owners(), vec![one.user]);
}

/// One switch that is on.
fn only(set: fn(&mut TransferSwitches)) -> TransferSwitches {
    let mut switches = TransferSwitches::default();
    set(&mut switches);
    switches
}

/// Each defect, by what then goes wrong.
#[test]
fn every_flaw_bites_and_only_while_it_is_on() {
    type Bites = fn(&mut Handover) -> bool;
    let sound = TransferSwitches::default();
    let table: [(TransferSwitches, Bites); 9] = [
        (only(|on| on.stale_owner = true), |all| {
            taken(all);
            all.named_owner() == all.agent.user
        }),
        (only(|on| on.kills_token = true), |all| {
            taken(all);
            all.platform
                .keys
                .get(&all.agent.credential)
                .unwrap()
                .revoked
                .is_some()
        }),
        (only(|on| on.follows_owner = true), |all| {
            let (agent, one) = (all.agent.clone(), all.one.clone());
            let other = all.platform.create_org(&one, NOW, "other", "Other").unwrap().id;
            taken(all);
            all.platform.org_details(&agent, &other).is_ok()
        }),
        (only(|on| on.regrants = true), |all| {
            let (agent, one, org) = (all.agent.clone(), all.one.clone(), all.org.clone());
            let at = (Entity::Org, org.as_str());
            taken(all);
            all.platform.expel_member(&one, NOW, at, &agent.user).unwrap();
            assert!(all.platform.org_details(&agent, &org).is_err());
            all.platform
                .add_member(&agent, NOW, at, &agent.user, Role::Admin)
                .is_ok()
        }),
        (only(|on| on.looked_free = true), |all| {
            let (value, two) = (taken(all), all.two.clone());
            all.claim(&two, NOW, &value).is_ok() && all.owners().len() == 2
        }),
        (only(|on| on.reusable = true), |all| {
            let (value, two) = (taken(all), all.two.clone());
            all.claim(&two, NOW, &value).is_ok()
        }),
        (only(|on| on.immortal = true), |all| {
            let (value, one) = (all.offer(), all.one.clone());
            all.claim(&one, NOW + LIFE, &value).is_ok()
        }),
        (only(|on| on.unbound = true), |all| {
            let (agent, two) = (all.agent.clone(), all.two.clone());
            let meant = Some("recipient@example.com");
            let value = all.platform.create_claim(&agent, NOW, &all.org, meant).unwrap().1;
            all.claim(&two, NOW, &value).is_ok()
        }),
        (only(|on| on.unlogged = true), |all| {
            taken(all);
            let filter = EventFilter {
                org_id: Some(all.org.clone()),
                event: Some("org_transfer_completed".to_owned()),
                ..EventFilter::default()
            };
            all.platform
                .search_events(&all.one, NOW, &filter)
                .unwrap()
                .events
                .is_empty()
        }),
    ];
    for (switches, bites) in table {
        assert!(bites(&mut handover(switches)), "{switches:?}");
        assert!(
            !bites(&mut handover(sound)),
            "{switches:?} bites without being on"
        );
    }
}

/// The value of a claim that the first person has used.
fn taken(all: &mut Handover) -> String {
    let (value, one) = (all.offer(), all.one.clone());
    all.claim(&one, NOW, &value).unwrap();
    value
}
