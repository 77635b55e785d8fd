//! `event`: the audit trail.

use serde_json::json;

use super::super::arguments::Arguments;
use super::{Answer, Turn, Working, on, told};
use crate::platform::{Caller, Demand, EventFilter, Platform};
use crate::resource::tools::ToolError;

pub(super) const WORKING: &[Working] = &[
    on("event", "search", search_demand, search),
    on("event", "details", details_demand, details),
];

fn filter(given: Arguments<'_>) -> Result<EventFilter, ToolError> {
    Ok(EventFilter {
        workspace_id: given.owned("workspace_id")?,
        org_id: given.owned("org_id")?,
        user_id: given.owned("user_id")?,
        credential_id: given.owned("credential_id")?,
        event: given.owned("event")?,
        object_id: given.owned("object_id")?,
        calling_user_id: given.owned("calling_user_id")?,
        limit: given.number("limit")?,
        offset: given.number("offset")?.unwrap_or(0),
    })
}

fn search_demand(platform: &Platform, _: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    let demand = filter(given)?.demand()?;
    let open = platform.switches.audit.no_tenant;
    Ok(if open { Demand::own() } else { demand })
}

fn details_demand(platform: &Platform, caller: &Caller, given: Arguments<'_>) -> Result<Demand, ToolError> {
    Ok(platform.event_demand(caller, given.text("event_id")?)?)
}

fn search(turn: &mut Turn<'_>) -> Answer {
    let filter = filter(turn.given)?;
    let page = turn.platform.search_events(turn.caller, turn.now, &filter)?;
    Ok(json!({
        "events": page.events,
        "pagination": { "page_size": page.page_size, "has_more": page.has_more },
    }))
}

fn details(turn: &mut Turn<'_>) -> Answer {
    told(
        "event",
        turn.platform
            .event_details(turn.caller, turn.given.text("event_id")?)?,
    )
}
