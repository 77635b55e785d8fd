//! The events of an event stream as evidence of their own: a series that quantifiers go over.

use std::sync::Arc;

use super::{Canaries, Evidence, Single};
use crate::wire::{Exchange, Response, SseEvent};

/// One element for each event: its data is the body, its fields are headers, and it ends when it came. An answer that is
/// no event stream has none.
pub(super) fn events(single: &Single, canaries: &Canaries) -> Evidence {
    let response = single
        .exchange
        .as_ref()
        .map(|exchange| (exchange, &exchange.response));
    let Some((exchange, Ok(response))) = response else {
        return Evidence::Series(Vec::new());
    };
    // Without the stream itself: thousands of events would each hold all the others.
    let frame = Exchange {
        response: Ok(Response {
            version: response.version.clone(),
            status: response.status,
            ..Response::default()
        }),
        ..exchange.clone()
    };
    let bare = Single {
        exchange: None,
        before: Vec::new(),
        answer: None,
        ..single.clone()
    };
    let elements = response.events.iter().map(|event| {
        let exchange = of_event(&frame, event);
        Evidence::One(Arc::new(Single {
            canaries: canaries.found(&exchange),
            span: (exchange.timing.start, event.at),
            exchange: Some(exchange),
            ..bare.clone()
        }))
    });
    Evidence::Series(elements.collect())
}

fn of_event(frame: &Exchange, event: &SseEvent) -> Exchange {
    let mut exchange = frame.clone();
    exchange.timing.end = event.at;
    if let Ok(response) = &mut exchange.response {
        response
            .headers
            .push(("event".to_owned(), event.event.clone().into_bytes()));
        let id = event
            .id
            .iter()
            .map(|id| ("id".to_owned(), id.clone().into_bytes()));
        response.headers.extend(id);
        response.body = event.data.clone().into();
    }
    exchange
}
