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
    let elements = response.events.iter().map(|event| {
        let exchange = of_event(exchange, response, event);
        Evidence::One(Arc::new(Single {
            before: Vec::new(),
            answer: None,
            canaries: canaries.found(&exchange),
            span: (exchange.timing.start, event.at),
            exchange: Some(exchange),
            ..single.clone()
        }))
    });
    Evidence::Series(elements.collect())
}

fn of_event(exchange: &Exchange, response: &Response, event: &SseEvent) -> Exchange {
    let mut headers = vec![("event".to_owned(), event.event.clone().into_bytes())];
    headers.extend(
        event
            .id
            .iter()
            .map(|id| ("id".to_owned(), id.clone().into_bytes())),
    );
    let mut timing = exchange.timing;
    timing.end = event.at;
    Exchange {
        response: Ok(Response {
            version: response.version.clone(),
            status: response.status,
            headers,
            body: event.data.clone().into(),
            ..Response::default()
        }),
        timing,
        ..exchange.clone()
    }
}
