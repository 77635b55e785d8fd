//! What came on an event stream or WebSocket as evidence of its own: a series that quantifiers go over.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::{Canaries, Evidence, Single};
use crate::wire::{Exchange, Frame, Response, SseEvent};

/// One thing that came.
struct Item {
    headers: Vec<(String, Vec<u8>)>,
    data: Bytes,
    at: Instant,
}

/// One element for each event: its data is the body, its fields are headers, and it ends when it came. An answer that is
/// no event stream has none.
pub(super) fn events(single: &Single, canaries: &Canaries) -> Evidence {
    series(single, canaries, |response| {
        response.events.iter().map(of_event).collect()
    })
}

/// One element for each frame of a WebSocket, in the same way; its kind is the header `type`.
pub(super) fn frames(single: &Single, canaries: &Canaries) -> Evidence {
    series(single, canaries, |response| {
        response.frames.iter().map(of_frame).collect()
    })
}

fn of_event(event: &SseEvent) -> Item {
    let kind = ("event".to_owned(), event.event.clone().into_bytes());
    let id = event
        .id
        .iter()
        .map(|id| ("id".to_owned(), id.clone().into_bytes()));
    Item {
        headers: std::iter::once(kind).chain(id).collect(),
        data: event.data.clone().into(),
        at: event.at,
    }
}

fn of_frame(frame: &Frame) -> Item {
    Item {
        headers: vec![("type".to_owned(), frame.kind.as_str().as_bytes().to_vec())],
        data: frame.data.clone(),
        at: frame.at,
    }
}

fn series(single: &Single, canaries: &Canaries, items: impl Fn(&Response) -> Vec<Item>) -> Evidence {
    let response = single
        .exchange
        .as_ref()
        .map(|exchange| (exchange, &exchange.response));
    let Some((exchange, Ok(response))) = response else {
        return Evidence::Series(Vec::new());
    };
    // Without the stream itself: thousands of events would each hold all the others.
    let around = Exchange {
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
        live: None,
        ..single.clone()
    };
    let elements = items(response).into_iter().map(|item| {
        let at = item.at;
        let exchange = alone(&around, item);
        Evidence::One(Arc::new(Single {
            canaries: canaries.found(&exchange),
            span: (exchange.timing.start, at),
            exchange: Some(exchange),
            ..bare.clone()
        }))
    });
    Evidence::Series(elements.collect())
}

fn alone(around: &Exchange, item: Item) -> Exchange {
    let mut exchange = around.clone();
    exchange.timing.end = item.at;
    if let Ok(response) = &mut exchange.response {
        response.headers.extend(item.headers);
        response.body = item.data;
    }
    exchange
}
