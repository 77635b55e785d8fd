//! `events` and `socket`: opens what stays open until the case ends, and goes on with it.
//!
//! Where it is and how its ticket travels is in the target file. A ticket that was refused is the evidence, like any
//! other refusal on the way. Decides nothing about what came.

mod endpoint;
mod look;
mod open;

pub use look::{Look, look};
pub(super) use open::{socket, stream};

use super::{Fill, Problem};
use crate::scenario::model::Data;
use crate::target::Channel;

/// The name of the MCP endpoint's own stream.
const MCP: &str = "mcp";
/// The output of a probe, and the input of a stream or socket, that a ticket is.
const TICKET: &str = "ticket";

/// The two ways.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Stream,
    Socket,
}

impl Way {
    /// The key of the target file.
    fn key(self) -> &'static str {
        match self {
            Way::Stream => "streams",
            Way::Socket => "sockets",
        }
    }
}

/// A stream or socket of the target.
fn channel<'w>(name: &str, way: Way, fill: Fill<'w>) -> Result<&'w Channel, Problem> {
    let target = &fill.world.target().target;
    let (what, scheme, all) = match way {
        Way::Stream => ("an event stream", "https", &target.streams),
        Way::Socket => ("a socket", "wss", &target.sockets),
    };
    all.get(name).ok_or_else(|| Problem::Undeclared {
        what: format!("{what} `{name}`"),
        unlock: format!(
            "{}: {{ {name}: {{ http: {{ url: \"{scheme}://…\" }} }} }}",
            way.key()
        ),
    })
}

fn text_of(data: &Data, fill: Fill<'_>) -> Result<String, Problem> {
    let value = fill.data(data)?;
    Ok(match data {
        Data::Text(_) => value.text().unwrap_or_else(|| value.to_json().to_string()),
        _ => value.to_json().to_string(),
    })
}
