//! `visit`: a page that a server sent somebody to, opened in a fresh browser as somebody.
//!
//! What a person does there is declared: the forms of `oauth: { consent: { pages } }`. No script runs.

use url::Url;

use super::authority::shown;
use super::flow::{Flow, Hop};
use super::principal::{self, Person};
use super::{evidence, outcome};
use crate::expect::Single;
use crate::scenario::model::{Step, Template, Who};
use crate::step::{Fill, Problem};
use crate::target::{Consent, NOBODY, Page};

pub(super) async fn perform(step: &Step, url: &Template, fill: Fill<'_>) -> Result<Single, Problem> {
    let text = fill.text(url)?;
    let url = Url::parse(&text).map_err(|why| Problem::Failed(format!("the address of the page: {why}")))?;
    let person = visitor(step.who.as_ref(), fill)?;
    let pages = pages(fill)?;
    let mut flow = Flow::to_page(url.clone(), fill);
    if let Some(why) = flow.unsafe_page() {
        return Err(Problem::Failed(format!(
            "the page is at {}, {why}: it is not opened",
            shown(&url)
        )));
    }
    flow.travel(Hop::get(url), true, step, fill).await?;
    flow.answer_forms(&pages, &person, step, fill).await?;
    let (exchanges, trace, _) = flow.end(fill);
    evidence(
        exchanges,
        trace,
        |exchange| outcome::of_page(exchange, None),
        &person.name,
        fill,
    )
}

fn visitor(who: Option<&Who>, fill: Fill<'_>) -> Result<Person, Problem> {
    match who {
        Some(Who::Principal(name)) if fill.text(name)? == NOBODY => Ok(Person::nobody()),
        who => principal::person(who, fill),
    }
}

/// The forms that are known here, also where a door answers for them in a grant.
fn pages(fill: Fill<'_>) -> Result<Vec<Page>, Problem> {
    let declared = fill.world.target().target.oauth.as_deref();
    match declared.and_then(|oauth| oauth.consent.as_ref()) {
        Some(Consent::Pages { pages, .. }) => Ok(pages.clone()),
        _ => Err(Problem::Undeclared {
            what: "the forms of its pages".to_owned(),
            unlock: "oauth: { consent: { pages: [{ form: …, fill: { … }, press: … }] } }".to_owned(),
        }),
    }
}
