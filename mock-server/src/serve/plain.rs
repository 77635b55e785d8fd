//! The plain door: stands for the http origin of a host that is served by https.
//!
//! Loopback has no TLS here, so the main door plays the https origin and this one its plain sibling.

use std::sync::Arc;

use http::Request;
use hyper::body::Incoming;

use super::answer::{self, Answer};
use super::handler::MainDoor;
use super::listener::{Connection, Hangup, Service};
use crate::defect::{DefectSet, bearer};

/// Refuses everything and says where to go (OAuth 2.1 §1.5: no token over plain http).
#[derive(Clone)]
pub(crate) struct PlainDoor {
    pub(crate) main: MainDoor,
    /// Origin of the main door.
    pub(crate) origin: String,
}

impl Service for PlainDoor {
    async fn answer(
        &self,
        connection: Arc<Connection>,
        request: Request<Incoming>,
    ) -> Result<Answer, Hangup> {
        let defects = self.main.0.view().defects;
        if defects.has(bearer::HTTP_SERVED) {
            return self.main.answer(connection, request).await;
        }
        if defects.has(bearer::SILENT_HTTPS_REDIRECT) {
            let target = request
                .uri()
                .path_and_query()
                .map_or("/", |target| target.as_str());
            return Ok(answer::with(
                answer::empty(308),
                "location",
                &format!("{}{target}", self.origin),
            ));
        }
        Ok(answer::failure(
            403,
            10_011,
            "This origin serves nothing. Use https, and never send a token here.",
            None,
        ))
    }

    fn front(&self) -> Arc<DefectSet> {
        Arc::default()
    }
}
