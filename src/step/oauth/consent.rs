//! A person's decision: by the mock's control door, by forms, or by nobody where the server asks nobody.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use url::Url;

use super::flow::{Flow, Hop, Stop, learn};
use super::form::{self, Filling};
use super::parameters;
use super::principal::Person;
use crate::expect::Value;
use crate::oauth::callback::Callback;
use crate::scenario::model::{Grant, Step};
use crate::secret::Secret;
use crate::step::door::DoorProblem;
use crate::step::{Fill, Problem, Scope};
use crate::target::{Consent, Page};

/// Most forms of one flow, and how often one kind of page is answered.
const MOST_FORMS: usize = 10;
const MOST_REPEATS: usize = 2;

/// How consent is given in this flow.
pub(super) enum Way {
    /// The control door.
    Door,
    /// Forms.
    Pages(Vec<Page>),
    /// Nobody is asked.
    Redirects,
}

impl Way {
    pub(super) fn is_door(&self) -> bool {
        matches!(self, Way::Door)
    }
}

/// What a person decides.
struct Decision {
    approve: bool,
    /// Only these scopes.
    narrow: Option<Vec<String>>,
}

impl Decision {
    fn of(grant: &Grant, fill: Fill<'_>) -> Result<Self, Problem> {
        let word = match &grant.decision {
            Some(template) => fill.template(template)?.text(),
            None => None,
        };
        let narrow = match &grant.narrow {
            Some(data) => parameters::list(data, fill)?,
            None => None,
        };
        Ok(Self {
            approve: word.as_deref() != Some("deny"),
            narrow,
        })
    }
}

/// How a person's answer is given here.
pub(super) fn way(grant: &Grant, fill: Fill<'_>) -> Result<Way, Problem> {
    let declared = fill.world.target().target.oauth.as_deref();
    let declared = declared.and_then(|oauth| oauth.consent.as_ref());
    let wanted = match &grant.consent {
        Some(template) => fill.template(template)?.text(),
        None => None,
    };
    let missing = |word: &str| Problem::Undeclared {
        what: format!("a way to consent by {word}"),
        unlock: match word {
            "door" => "oauth: { consent: door }".to_owned(),
            _ => "oauth: { consent: { pages: [{ form: …, fill: { … }, press: … }] } }".to_owned(),
        },
    };
    match (wanted.as_deref(), declared) {
        (Some("pages") | None, Some(Consent::Pages { pages, door })) if wanted.is_some() || !*door => {
            Ok(Way::Pages(pages.clone()))
        }
        (Some("pages"), _) => Err(missing("pages")),
        (_, Some(Consent::Door | Consent::Pages { door: true, .. })) => Ok(Way::Door),
        (Some(_), _) => Err(missing("door")),
        (None, _) => Ok(Way::Redirects),
    }
}

impl Flow {
    /// Answers what came instead of a callback.
    pub(super) async fn consent(
        &mut self,
        way: Way,
        stop: Stop,
        grant: &Grant,
        person: &Person,
        step: &Step,
        fill: Fill<'_>,
    ) -> Result<Option<Callback>, Problem> {
        let decision = Decision::of(grant, fill)?;
        match way {
            Way::Door if stop == Stop::Consent => Ok(None),
            Way::Door => self.by_door(&decision, person, fill).await,
            Way::Pages(pages) => self.by_pages(&pages, stop, &decision, person, step, fill).await,
            Way::Redirects => {
                if decision.approve && decision.narrow.is_none() {
                    return Ok(None);
                }
                Err(Problem::Undeclared {
                    what: "a way to deny or narrow consent".to_owned(),
                    unlock: "oauth: { consent: { pages: [{ form: …, press: …, deny: … }] } }".to_owned(),
                })
            }
        }
    }

    async fn by_door(
        &mut self,
        decision: &Decision,
        person: &Person,
        fill: Fill<'_>,
    ) -> Result<Option<Callback>, Problem> {
        let Some(request) = self.pending() else {
            return Ok(None);
        };
        let door = fill.world.parts.door.as_ref();
        let unsupported = || Problem::Undeclared {
            what: "a control door that consents".to_owned(),
            unlock: "control: { url: …, secret: \"${env.NAME}\" }".to_owned(),
        };
        let door = door.ok_or_else(unsupported)?;
        let user = person.user()?;
        let said = door
            .consent(
                &request,
                &user.login,
                decision.approve,
                decision.narrow.as_deref(),
            )
            .await;
        match said {
            Ok(location) => {
                let callback = self.called(&location, self.endpoint());
                if let Some(callback) = &callback {
                    learn(callback, fill);
                }
                Ok(callback)
            }
            Err(DoorProblem::Unsupported(_)) => Err(unsupported()),
            Err(DoorProblem::Failed(why)) => Err(Problem::Failed(format!("the door did not consent: {why}"))),
        }
    }

    /// The address of the page on which consent is waited for: where the endpoint led, or what its JSON says.
    fn pending(&self) -> Option<String> {
        if let Some(url) = &self.led_to {
            return Some(url.to_string());
        }
        let body: Json = serde_json::from_slice(&self.last()?.body).ok()?;
        ["login_url", "auth_request_id"]
            .iter()
            .find_map(|name| body.get(*name)?.as_str())
            .map(str::to_owned)
    }

    /// Answers the forms of the page that came, and of those that follow.
    pub(super) async fn answer_forms(
        &mut self,
        pages: &[Page],
        person: &Person,
        step: &Step,
        fill: Fill<'_>,
    ) -> Result<(), Problem> {
        let decision = Decision {
            approve: true,
            narrow: None,
        };
        self.by_pages(pages, Stop::Token, &decision, person, step, fill)
            .await
            .map(drop)
    }

    async fn by_pages(
        &mut self,
        pages: &[Page],
        stop: Stop,
        decision: &Decision,
        person: &Person,
        step: &Step,
        fill: Fill<'_>,
    ) -> Result<Option<Callback>, Problem> {
        let mut answered: BTreeMap<usize, usize> = BTreeMap::new();
        let deniable = pages.iter().any(|page| page.deny.is_some());
        if !decision.approve && !deniable {
            return Err(Problem::Undeclared {
                what: "the button that denies".to_owned(),
                unlock:
                    "oauth: { consent: { pages: [{ form: …, press: …, deny: \"button[value=deny]\" }] } }"
                        .to_owned(),
            });
        }
        let mut narrowed = decision.narrow.is_none();
        for _ in 0..MOST_FORMS {
            let (Some(place), Some(html)) = (self.place(), self.page()) else {
                break;
            };
            let Some(found) = form::matching(&html, pages) else {
                break;
            };
            if stop == Stop::Consent && found + 1 == pages.len() {
                break;
            }
            let seen = answered.entry(found).or_default();
            *seen += 1;
            if *seen > MOST_REPEATS {
                break;
            }
            let page = &pages[found];
            if person.is_nobody() && asks_who(page) {
                break;
            }
            let filling = Filling {
                values: values(page, person, fill)?,
                deny: !decision.approve,
                asked: &self.scopes,
                narrow: decision.narrow.as_deref(),
            };
            let submission = form::submission(&html, &place, page, &filling)
                .map_err(|why| Problem::Failed(format!("the page at {}: {why}", place.path())))?;
            narrowed |= submission.narrowed;
            let hop = submitted(&submission, &place)?;
            self.forms.push(self.exchanges.len());
            if let Some(callback) = self.travel(hop, true, step, fill).await? {
                if narrowed {
                    return Ok(Some(callback));
                }
                return Err(Problem::Undeclared {
                    what: "a consent page on which scopes can be left out".to_owned(),
                    unlock: "a checkbox for each scope on the consent page".to_owned(),
                });
            }
        }
        Ok(None)
    }

    /// The last answer, where it is a page.
    fn page(&self) -> Option<String> {
        let response = self.last()?;
        let kind = response.header("content-type")?.to_ascii_lowercase();
        (response.status < 500 && kind.contains("html"))
            .then(|| String::from_utf8_lossy(&response.body).into_owned())
    }
}

/// Whether the page asks for a user's name or password.
fn asks_who(page: &Page) -> bool {
    page.fill.iter().any(|(_, template)| {
        let mut references = template.references();
        references.any(|reference| reference.path.first().is_some_and(|root| root == "user"))
    })
}

/// The values of a page's fields.
fn values(page: &Page, person: &Person, fill: Fill<'_>) -> Result<Vec<(String, String)>, Problem> {
    let mut scope = Scope::default();
    if asks_who(page) {
        let user = person.user()?;
        let password = user.password.as_ref().map(Secret::expose);
        if let Some(password) = password {
            fill.world.scrubber().learn("password", password);
        }
        let value = json!({ "name": user.login, "password": password });
        scope.capture("user", Value::json(value).tainted(true));
    }
    let inner = Fill::new(fill.world, &scope);
    page.fill
        .iter()
        .map(|(name, template)| Ok((name.value.clone(), inner.text(template)?)))
        .collect()
}

/// A form is sent to its own origin only: what was typed is for nobody else.
fn submitted(submission: &form::Submission, place: &Url) -> Result<Hop, Problem> {
    if submission.url.origin() != place.origin() {
        return Err(Problem::Failed(format!(
            "the form of the page sends to another origin, {}: nothing is typed into it",
            submission.url.origin().ascii_serialization()
        )));
    }
    let mut encoded = url::form_urlencoded::Serializer::new(String::new());
    encoded.extend_pairs(&submission.fields);
    let encoded = encoded.finish();
    let mut hop = Hop::get(submission.url.clone());
    if submission.post {
        hop.method = "POST";
        hop.body = encoded.into();
    } else {
        hop.url.set_query(Some(&encoded));
    }
    Ok(hop)
}
