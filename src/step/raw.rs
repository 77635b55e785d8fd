//! The `raw` step: exactly the bytes an author wrote, on a connection of its own.

use std::time::Instant;

use super::send::{PATIENCE, Sender, evidence, latin1};
use super::{Fill, Problem};
use crate::expect::Single;
use crate::scenario::model::{RawStep, Step};

pub(super) async fn perform(step: &Step, raw: &RawStep, fill: Fill<'_>) -> Result<Single, Problem> {
    let bytes = match raw {
        RawStep::Bytes(template) => latin1(&fill.text(template)?)?,
        RawStep::Parts { head, body } => {
            let mut bytes = crlf(&fill.text(head)?);
            if let Some(body) = body {
                bytes.extend_from_slice(fill.text(body)?.as_bytes());
            }
            bytes
        }
    };
    let left = fill.world.deadline().saturating_duration_since(Instant::now());
    let timeout = step.timeout.unwrap_or(PATIENCE).min(left);
    fill.world.count_request();
    let exchange = fill
        .world
        .parts
        .wire
        .send_raw(&fill.world.target().mcp, bytes.into(), timeout)
        .await;
    let sender = Sender {
        name: "raw bytes".to_owned(),
        authorization: None,
        able: None,
    };
    Ok(evidence(exchange, Vec::new(), None, &sender, fill))
}

/// Line ends become CRLF; one empty line ends the head.
fn crlf(head: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in head.trim_end_matches(['\r', '\n']).split('\n') {
        bytes.extend_from_slice(line.trim_end_matches('\r').as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}
