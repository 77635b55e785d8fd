//! Opens streams and sockets that the target declares.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::endpoint::listening;
use super::{MCP, TICKET, Way, channel, text_of};
use crate::expect::{Outcome, Single, Value, select};
use crate::scenario::model::{Data, Kind, LiveOpen, McpCall, McpStep, Selector, Spanned, Step, Template};
use crate::step::http::{Shape, of_call};
use crate::step::send::{PATIENCE, Sender, Written, evidence, sender, standing, with_query};
use crate::step::{Fill, Problem, Scope};
use crate::target::{Channel, Takes};
use crate::wire::{Exchange, Live, Read, Request, Seen};

/// How long a socket may take to show that it was opened only to be closed.
const SETTLE: Duration = Duration::from_millis(150);

/// Opens an event stream.
pub(in crate::step) async fn stream(step: &Step, open: &LiveOpen, fill: Fill<'_>) -> Result<Single, Problem> {
    let name = fill.text(&open.name)?;
    let asked = if name == MCP {
        listening(step, &open.query, life(fill), fill).await?
    } else {
        asked(&name, step, open, Way::Stream, fill).await?
    };
    let asked = match asked {
        Ok(asked) => asked,
        Err(refused) => return Ok(*refused),
    };
    fill.world.count_request();
    let opened = fill
        .world
        .parts
        .wire
        .stream(&asked.request, patience(step, fill))
        .await;
    let opened = opened.map(|(stream, first)| (Live::from(stream), first));
    Ok(opening(&name, opened, asked, step, fill))
}

/// Opens a WebSocket.
pub(in crate::step) async fn socket(step: &Step, open: &LiveOpen, fill: Fill<'_>) -> Result<Single, Problem> {
    let name = fill.text(&open.name)?;
    let mut asked = match asked(&name, step, open, Way::Socket, fill).await? {
        Ok(asked) => asked,
        Err(refused) => return Ok(*refused),
    };
    asked.request.timeout = patience(step, fill);
    fill.world.count_request();
    let settle = if asked.first.is_none() {
        SETTLE
    } else {
        Duration::ZERO
    };
    let opened = match fill.world.parts.wire.socket(&asked.request, settle).await {
        Ok((socket, first)) => Ok(introduced(Live::from(socket), first, asked.first.take()).await),
        Err(exchange) => Err(exchange),
    };
    Ok(opening(&name, opened, asked, step, fill))
}

/// Says the first message, if there is one, and waits for what comes of it.
async fn introduced(live: Live, opened: Exchange, first: Option<String>) -> (Live, Exchange) {
    let Some(first) = first else {
        return (live, opened);
    };
    live.say(first).await;
    live.changed(Seen::default(), SETTLE).await;
    let exchange = live.piece(Seen::default());
    (live, exchange)
}

/// What opening came to. It stays open where another step can go on with it.
fn opening(
    name: &str,
    opened: Result<(Live, Exchange), Box<Exchange>>,
    asked: Asked,
    step: &Step,
    fill: Fill<'_>,
) -> Single {
    let (live, exchange) = match opened {
        Ok((live, exchange)) => (Some(Arc::new(live)), exchange),
        Err(exchange) => (None, *exchange),
    };
    let mut single = evidence(exchange, asked.before, None, &asked.sender, fill);
    single.live = live.filter(|_| step.handle().is_some());
    if let Some(live) = &single.live {
        fill.world.keep_open(name, live);
    }
    single
}

/// What opens it.
pub(super) struct Asked {
    pub(super) request: Request,
    pub(super) sender: Sender,
    /// The exchanges that led to it.
    pub(super) before: Vec<Exchange>,
    /// Said on a socket as soon as it is open.
    pub(super) first: Option<String>,
}

/// The request that opens a declared stream or socket, or how its ticket was refused.
async fn asked(
    name: &str,
    step: &Step,
    open: &LiveOpen,
    way: Way,
    fill: Fill<'_>,
) -> Result<Result<Asked, Box<Single>>, Problem> {
    let channel = channel(name, way, fill)?;
    let sender = sender(step.who.as_ref(), fill).await?;
    let Shared {
        taken,
        own,
        given,
        for_ticket,
    } = shared_out(channel, &open.with);
    let takes = Takes {
        what: if way == Way::Stream { "stream" } else { "socket" },
        name,
        key: way.key(),
        with: &channel.with,
        inputs: &taken,
    };
    let mut inputs = crate::step::fill::inputs(takes, &own, open.aim.as_ref(), fill)?;
    let mut before = Vec::new();
    if let Some(data) = given {
        inputs.insert(TICKET.to_owned(), fill.data(&data)?);
    } else if let Some(probe) = &channel.ticket {
        let single = ticket(probe, step, open, for_ticket, fill).await?;
        let found = select(&Selector::Result(TICKET.to_owned()), &single, &fill).value();
        let Some(text) = found
            .and_then(|value| value.text())
            .filter(|_| single.outcome == Outcome::Done)
        else {
            return Ok(Err(Box::new(single)));
        };
        fill.world.scrubber().learn(TICKET, &text);
        inputs.insert(TICKET.to_owned(), Value::json(text).tainted(true));
        before.extend(single.before);
        before.extend(single.exchange);
    }
    let scope = Scope::inside(inputs);
    let inner = Fill::new(fill.world, &scope);
    let shape = of_call(&channel.call, inner)?;
    let request = request(shape, channel, (&sender, step, open, way), fill)?;
    let first = channel
        .first
        .as_ref()
        .map(|data| text_of(data, inner))
        .transpose()?;
    Ok(Ok(Asked {
        request,
        sender,
        before,
        first,
    }))
}

type Inputs = Vec<(Spanned<String>, Data)>;

/// The inputs of a step, by whom they are for.
struct Shared {
    /// Those the channel takes, but for its ticket.
    taken: BTreeSet<String>,
    own: Inputs,
    /// A ticket that the step brings.
    given: Option<Data>,
    for_ticket: Inputs,
}

fn shared_out(channel: &Channel, with: &Inputs) -> Shared {
    let mut taken = channel.inputs.clone();
    let carries = taken.remove(TICKET);
    let given = with.iter().find(|(name, _)| carries && name.value == TICKET);
    let rest = with
        .iter()
        .filter(|(name, _)| !carries || name.value != TICKET)
        .cloned();
    let (own, for_ticket) =
        rest.partition(|(name, _)| channel.ticket.is_none() || taken.contains(&name.value));
    Shared {
        own,
        given: given.map(|(_, data)| data.clone()),
        for_ticket,
        taken,
    }
}

/// Fetches a ticket as whoever opens.
async fn ticket(
    probe: &Spanned<String>,
    step: &Step,
    open: &LiveOpen,
    with: Inputs,
    fill: Fill<'_>,
) -> Result<Single, Problem> {
    let call = McpStep {
        aim: open.aim.clone(),
        with,
        ..McpStep::bare(McpCall::Probe(Template::literal(
            probe.value.clone(),
            probe.at.clone(),
        )))
    };
    let mut fetching = Step::bare(step.at.clone(), Kind::Mcp(call.clone()));
    fetching.who.clone_from(&step.who);
    fetching.timeout = step.timeout;
    Box::pin(crate::step::mcp::perform(&fetching, &call, fill)).await
}

/// The credential travels where there is no ticket in its place.
fn request(
    shape: Shape,
    channel: &Channel,
    (sender, step, open, way): (&Sender, &Step, &LiveOpen, Way),
    fill: Fill<'_>,
) -> Result<Request, Problem> {
    let mut derived = shape.headers;
    if let (Some(authorization), None) = (&sender.authorization, &channel.ticket) {
        derived.push(("Authorization".to_owned(), authorization.clone()));
    }
    if let Some((_, Some(kind))) = &shape.body {
        derived.push(("Content-Type".to_owned(), (*kind).to_owned()));
    }
    if way == Way::Stream {
        derived.push(("Accept".to_owned(), "text/event-stream".to_owned()));
    }
    derived.extend(standing(fill.world));
    let mut url = with_query(shape.url, &open.query, fill)?;
    if let Some(plain) = [("ws", "http"), ("wss", "https")]
        .iter()
        .find(|(ws, _)| *ws == url.scheme())
    {
        // Both are special schemes, between which a URL can always be moved (WHATWG URL §4.4).
        let _ = url.set_scheme(plain.1);
    }
    let has_body = shape.body.is_some();
    Ok(Request {
        method: shape
            .method
            .unwrap_or_else(|| if has_body { "POST" } else { "GET" }.to_owned()),
        url,
        target: shape.target,
        headers: Written::of(&step.headers, fill)?.over(&derived),
        body: shape.body.map(|(bytes, _)| bytes).unwrap_or_default(),
        timeout: life(fill),
        redirects: 0,
        read: Read::Whole,
    })
}

/// A stream lives as long as the case at the most.
fn life(fill: Fill<'_>) -> Duration {
    fill.world.deadline().saturating_duration_since(Instant::now())
}

fn patience(step: &Step, fill: Fill<'_>) -> Duration {
    let declared = fill.world.target().target.timeouts.exchange;
    step.timeout
        .unwrap_or_else(|| declared.unwrap_or(PATIENCE))
        .min(life(fill))
}
