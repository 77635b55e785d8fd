//! What of a transcript a check looks at.

use std::sync::Arc;

use super::{Heard, Transcript, Wanted};
use crate::expect::{Evidence, Single, judge};
use crate::scenario::lint::moments_of;
use crate::scenario::model::{Carrying, EndedLook, Selection, Step};
use crate::secret::spellings;
use crate::step::{Fill, Problem, Scope};
use crate::wire::Sent;

/// The requests that are so, in the order of arrival.
pub fn requests(step: &Step, selection: &Selection, fill: Fill<'_>) -> Result<Vec<Arc<Single>>, Problem> {
    exercised(step, fill.scope)?;
    let transcript = fill.world.transcript()?;
    let wanted = Wanted::of(&selection.traits, fill)?;
    let searched = match &selection.carrying {
        Some(carrying) => Some((forms(carrying, fill)?, carrying)),
        None => None,
    };
    let moment = |id: &Option<crate::scenario::model::Spanned<String>>| {
        id.as_ref()
            .and_then(|id| transcript.fired.get(&id.value)?.first())
    };
    let (after, before) = (moment(&selection.after), moment(&selection.before));
    let fits = |heard: &&Heard| {
        let came = heard.single.span.0;
        wanted.fits(&heard.nature)
            && after.is_none_or(|one| came > one.span.1)
            && before.is_none_or(|one| came < one.span.0)
            && selection.life.is_none_or(|life| heard.life == life)
            && searched
                .as_ref()
                .is_none_or(|(forms, carrying)| carries(&heard.single, forms, carrying))
            && selection.that.as_ref().is_none_or(|that| {
                let judgement = judge(that, &Evidence::One(heard.single.clone()), &fill);
                judgement.holds() && judgement.held > 0
            })
    };
    let found = transcript.requests.iter().filter(fits);
    Ok(found.map(|heard| heard.single.clone()).collect())
}

/// How a life of the command ended.
pub fn ended(step: &Step, look: &EndedLook, fill: Fill<'_>) -> Result<Arc<Single>, Problem> {
    exercised(step, fill.scope)?;
    let transcript: Arc<Transcript> = fill.world.transcript()?;
    let life = match look.life {
        Some(life) => usize::try_from(life - 1)
            .ok()
            .and_then(|at| transcript.lives.get(at)),
        None => transcript.lives.last(),
    };
    life.cloned()
        .ok_or_else(|| Problem::NotExercised("the command had no such life".to_owned()))
}

/// Every moment that a check refers to has come.
fn exercised(step: &Step, scope: &Scope) -> Result<(), Problem> {
    match moments_of(step)
        .into_iter()
        .find(|id| scope.evidence(id).is_none())
    {
        None => Ok(()),
        Some(id) => Err(Problem::NotExercised(format!(
            "`{id}` of the plan never came about: the command did not get that far"
        ))),
    }
}

/// Every form in which what is searched for can travel.
fn forms(carrying: &Carrying, fill: Fill<'_>) -> Result<Vec<String>, Problem> {
    let texts = match fill.data(&carrying.what)?.to_json() {
        serde_json::Value::Array(items) => items,
        one => vec![one],
    };
    let texts = texts.iter().filter_map(serde_json::Value::as_str);
    Ok(texts.flat_map(spellings).collect())
}

fn carries(single: &Single, forms: &[String], carrying: &Carrying) -> bool {
    let Some(exchange) = &single.exchange else {
        return false;
    };
    let holds = |text: &str| forms.iter().any(|form| text.contains(form.as_str()));
    let asked =
        |part: &str| carrying.within.is_empty() || carrying.within.iter().any(|one| one.value == part);
    let sent = &exchange.request;
    (asked("url") && holds(&sent.line))
        || (asked("body") && holds(&String::from_utf8_lossy(&sent.body)))
        || (asked("arguments") && arguments(sent).is_some_and(|text| holds(&text)))
        || sent.headers.iter().any(|(name, value)| {
            let own = ["authorization", "cookie", "referer"];
            let lower = name.to_ascii_lowercase();
            let part = if own.contains(&lower.as_str()) {
                lower.as_str()
            } else {
                "header"
            };
            asked(part) && holds(&String::from_utf8_lossy(value))
        })
}

/// What a call hands over: `params` of its message.
fn arguments(sent: &Sent) -> Option<String> {
    let message: serde_json::Value = serde_json::from_slice(&sent.body).ok()?;
    message.get("params").map(ToString::to_string)
}
