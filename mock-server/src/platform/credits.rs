//! Credits: what an organisation may use up in thirty days. A call pays when it is about to be done; whoever is refused
//! pays nothing.

use serde::Serialize;

use super::{Caller, Demand, Mode, Platform, Refusal, stamp};

/// What the plan of an agent gives for a period.
const PLAN: u32 = 5_000;
/// Seconds.
const PERIOD: i64 = 30 * 86_400;

/// The credits of one organisation.
#[derive(Debug, Clone, Serialize)]
pub struct Credits {
    limit: u32,
    used: u32,
    /// Unix seconds; nothing is used up from then on.
    resets: i64,
}

/// The credits of an organisation as an answer shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreditsView {
    /// For a period.
    pub limit: u32,
    /// In this period.
    pub used: u32,
    /// What is left of it.
    pub left: u32,
    /// When the next period begins.
    pub resets_at: String,
}

impl Credits {
    /// A whole period's, from now on.
    pub(super) fn whole(now: i64) -> Credits {
        Credits {
            limit: PLAN,
            used: 0,
            resets: now + PERIOD,
        }
    }

    /// The same with only so many left.
    pub(super) fn with_left(self, left: u32) -> Credits {
        Credits {
            used: self.limit.saturating_sub(left),
            ..self
        }
    }

    fn at(&self, now: i64) -> Credits {
        if now < self.resets {
            self.clone()
        } else {
            Credits::whole(now)
        }
    }

    fn view(&self) -> CreditsView {
        CreditsView {
            limit: self.limit,
            used: self.used,
            left: self.limit.saturating_sub(self.used),
            resets_at: stamp(self.resets),
        }
    }
}

impl Platform {
    /// What an organisation has left; its administrators' business.
    pub fn org_credits(&self, caller: &Caller, now: i64, org: &str) -> Result<CreditsView, Refusal> {
        self.permit(caller, &Demand::org(org, Mode::Rwa))?;
        let org = self.orgs.get(org).ok_or_else(Refusal::not_found)?;
        Ok(org.credits.at(now).view())
    }

    /// Uses up credits of an organisation, once everything else about the call is right.
    ///
    /// # Errors
    /// 402 `credits_exhausted` where fewer are left; nothing is used up then.
    pub(super) fn spend(&mut self, now: i64, org: &str, cost: u32) -> Result<(), Refusal> {
        let org = self.orgs.get_mut(org).ok_or_else(Refusal::not_found)?;
        let mut credits = org.credits.at(now);
        if credits.limit.saturating_sub(credits.used) < cost {
            return Err(Refusal::credits_exhausted());
        }
        credits.used += cost;
        org.credits = credits;
        Ok(())
    }
}
