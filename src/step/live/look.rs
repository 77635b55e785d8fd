//! Goes on with what a step opened.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::select_all;

use super::{Way, channel, text_of};
use crate::expect::{Evidence, Outcome, Single};
use crate::scenario::model::{LiveFrom, Said, Step};
use crate::step::send::PATIENCE;
use crate::step::{Fill, Problem, Scope, World};
use crate::target::Channel;
use crate::wire::{Live, Seen};

/// How long an answer to a message is waited for where nothing else is said.
const REPLY: Duration = Duration::from_secs(1);
/// Things that come together are looked at together.
const GATHER: Duration = Duration::from_millis(2);

/// What of the evidence is enough to stop looking.
pub type Look<'l> = &'l (dyn Fn(&Evidence) -> bool + Sync);

/// Goes on with what a step opened: says something, closes it, looks at what came until that is enough, the time is
/// over or everything has ended. As many as were opened.
pub async fn look(
    step: &Step,
    from: &LiveFrom,
    world: &Arc<World>,
    scope: &Scope,
    enough: Look<'_>,
) -> Result<Evidence, Problem> {
    let fill = Fill::new(world, scope);
    let opened = opened(from, scope)?;
    let mut marks = vec![Seen::default(); opened.singles.len()];
    if let Some(said) = &from.send {
        for (single, mark) in opened.singles.iter().zip(&mut marks) {
            *mark = say(said, single, fill).await?;
        }
    }
    if from.close {
        for live in opened.lives() {
            live.leave().await;
        }
    }
    let lasting = step.lasting.as_ref().map(|time| fill.time(time)).transpose()?;
    let most = match (lasting, &step.until, &from.send) {
        (Some(lasting), _, _) => lasting,
        (None, Some(_), _) => step.timeout.unwrap_or(PATIENCE),
        (None, None, Some(_)) => REPLY,
        (None, None, None) => Duration::ZERO,
    };
    let end = (Instant::now() + most).min(world.deadline());
    let reply = lasting.is_none() && step.until.is_none() && from.send.is_some();
    loop {
        let seen: Vec<Seen> = opened.singles.iter().map(now).collect();
        // Before they are shown: what ends in between is looked at once more.
        let over = opened.lives().all(|live| live.is_over());
        let evidence = opened.shown(&marks, world);
        let replied = reply && seen.iter().zip(&marks).all(|(seen, mark)| seen != mark);
        if replied || over || Instant::now() >= end || (step.until.is_some() && enough(&evidence)) {
            return Ok(evidence);
        }
        let left = end.saturating_duration_since(Instant::now());
        let open: Vec<_> = opened
            .singles
            .iter()
            .zip(seen)
            .filter_map(|(single, seen)| {
                let live = single.live.as_ref().filter(|live| !live.is_over())?;
                Some(Box::pin(live.changed(seen, left)))
            })
            .collect();
        if !open.is_empty() {
            select_all(open).await;
        }
        tokio::time::sleep(GATHER).await;
    }
}

fn now(single: &Arc<Single>) -> Seen {
    single.live.as_ref().map(|live| live.mark()).unwrap_or_default()
}

/// What a step opened.
struct Opened {
    singles: Vec<Arc<Single>>,
    /// It opened several.
    many: bool,
}

impl Opened {
    fn lives(&self) -> impl Iterator<Item = &Arc<Live>> {
        self.singles.iter().filter_map(|single| single.live.as_ref())
    }

    /// As they stand; one that was never open stays what it was.
    fn shown(&self, marks: &[Seen], world: &World) -> Evidence {
        let shown = self.singles.iter().zip(marks).map(|(single, mark)| {
            let Some(live) = &single.live else {
                return Arc::clone(single);
            };
            let exchange = live.piece(*mark);
            Arc::new(Single {
                outcome: Outcome::of(&exchange, None),
                canaries: exchange.marks.clone(),
                strangers: world.scan().strangers(&exchange),
                before: Vec::new(),
                span: (exchange.timing.start, exchange.timing.end),
                passed: world.passed(),
                exchange: Some(exchange),
                ..Single::clone(single)
            })
        });
        let mut shown: Vec<Evidence> = shown.map(Evidence::One).collect();
        match shown.pop() {
            Some(one) if !self.many => one,
            last => {
                shown.extend(last);
                Evidence::Series(shown)
            }
        }
    }
}

fn opened(from: &LiveFrom, scope: &Scope) -> Result<Opened, Problem> {
    let handle = &from.handle.value;
    let found = scope.evidence(handle);
    let evidence =
        found.ok_or_else(|| Problem::Unusable(format!("`from: {handle}`: that step has not run")))?;
    Ok(Opened {
        singles: evidence.singles().into_iter().cloned().collect(),
        many: !matches!(evidence, Evidence::One(_)),
    })
}

/// Says it; what comes from here on is what comes after it.
async fn say(said: &Said, single: &Arc<Single>, fill: Fill<'_>) -> Result<Seen, Problem> {
    let Some(live) = &single.live else {
        return Ok(Seen::default());
    };
    let text = match said {
        Said::Written(data) => text_of(data, fill)?,
        Said::Message { name, with, aim } => {
            let name = fill.text(name)?;
            let (socket, channel) = declaring(live, fill)?;
            let message = channel.messages.get(&name).ok_or_else(|| Problem::Undeclared {
                what: format!("a message `{name}` of the socket `{socket}`"),
                unlock: format!("sockets: {{ {socket}: {{ messages: {{ {name}: {{ … }} }} }} }}"),
            })?;
            if let Some(permission) = message.effect.needs()
                && !fill.world.target().target.allow.contains(&permission)
            {
                return Err(Problem::NotAllowed {
                    what: format!("the message `{name}` ({})", message.effect.as_str()),
                    unlock: format!("allow: [{}]", permission.as_str()),
                });
            }
            let inputs = crate::step::fill::inputs(message.takes(), with, aim.as_ref(), fill)?;
            let scope = Scope::inside(inputs);
            text_of(&message.data, Fill::new(fill.world, &scope))?
        }
    };
    let mark = live.mark();
    live.say(text).await;
    Ok(mark)
}

fn declaring<'w>(live: &Arc<Live>, fill: Fill<'w>) -> Result<(String, &'w Channel), Problem> {
    let name = fill.world.name_of(live).unwrap_or_default();
    let channel = channel(&name, Way::Socket, fill)?;
    Ok((name, channel))
}
