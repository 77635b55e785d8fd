//! A running world: its listeners, its addresses, its end.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::authority::oauth::rotation::GRACE;
use crate::behaviour::Behaviour;
use crate::control::{Control, door::ControlDoor};
use crate::defect::{Defect, rfsh, transport};
use crate::delivery;
use crate::fixture::Fixtures;
use crate::resource::mcp;
use crate::serve::handler::MainDoor;
use crate::serve::listener::Listener;
use crate::serve::plain::PlainDoor;
use crate::state::State;
use crate::variant::{self, Variant};

/// What a world is to be like. `Default` is the healthy `seed` world on a free port, main door only.
#[derive(Debug, Clone, Default)]
pub struct WorldConfig {
    /// Everything random in the world follows from it.
    pub seed: u64,
    /// How it answers where standards and services differ.
    pub behaviour: Behaviour,
    /// Misbehaviours that are on from the start.
    pub defects: Vec<Defect>,
    /// Conforming peculiarities, fixed for the world's life.
    pub variants: Vec<Variant>,
    /// Rate buckets; `None` is off.
    pub limits: Option<Limits>,
    /// Whether bad tokens are never throttled. For a world that serves many runs from one address: the guesses of one
    /// run would use up the next one's.
    pub unlimited_guesses: bool,
    /// `host:port` on this computer that may be asked by http for the metadata documents of clients.
    pub document_hosts: Vec<String>,
    /// So many tenants of one person each, called `load-0001` and so on, each with an API key and an OAuth login: at
    /// most 9,999.
    pub identities: u16,
    /// Whether it is to bear load: room for 20,000 open streams instead of 64, and for 1,000 of one credential
    /// instead of 40.
    pub load: bool,
    /// Port of the main door; 0 picks one.
    pub port: u16,
    /// `http://127.0.0.1:PORT` where clients reach it, if something stands before it: every address that it publishes
    /// is there.
    pub reached_at: Option<String>,
    /// Whether a second listener stands for the same host's plain http origin.
    pub plain_door: bool,
    /// Whether the control door listens, on a port of its own.
    pub control_door: bool,
}

/// Rate buckets of every credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// All hold at once.
    pub windows: Vec<Window>,
}

/// One fixed window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Requests allowed within it.
    pub max: u32,
    /// Its length in seconds.
    pub seconds: u32,
}

/// Defects of servers that promise a grace window.
const PROMISED: [Defect; 3] = [
    rfsh::GRACE_ORPHAN,
    rfsh::GRACE_SLIDING,
    rfsh::LOST_RESPONSE_LOCKOUT,
];

/// Where a world listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Urls {
    /// `http://127.0.0.1:PORT`.
    pub origin: String,
    /// MCP endpoint that takes API keys and access tokens, one on every request.
    pub mcp: String,
    /// Its sibling: the same tools, another resource, so other access tokens.
    pub mcp_tools: String,
    /// MCP endpoint that takes API keys alone.
    pub mcp_key: String,
    /// The same with one tool for each action: 250 and more.
    pub mcp_flat: String,
    /// MCP endpoint where anybody may look around, and refusals are told inside the conversation.
    pub mcp_in_band: String,
    /// Where HTTP+SSE (2024-11-05) opens its stream, if the world speaks it.
    pub sse: Option<String>,
    /// The same endpoint at an address that stands for the world outside; nothing listens there, unless the
    /// defect `binds-every-address` was on from the start.
    pub outside: String,
    /// Base of the REST interface, without a slash at its end.
    pub api: String,
    /// The plain http origin, if the world has one.
    pub plain: Option<String>,
    /// The control door, if the world has one.
    pub control: Option<String>,
}

/// Stands for an address of the machine that others can reach. Loopback, too: nothing here is ever open to others.
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// A running world. Dropping it ends its listeners and connections.
pub struct World {
    state: Arc<State>,
    urls: Urls,
    address: String,
    listeners: Vec<Listener>,
    /// Delivers webhooks; ends with the world.
    _deliveries: Worker,
}

/// A task that ends with its world.
struct Worker(tokio::task::JoinHandle<()>);

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl World {
    /// Makes a world and lets it listen on loopback.
    ///
    /// # Errors
    /// When a port cannot be bound.
    pub async fn start(config: WorldConfig) -> io::Result<Self> {
        let socket = Listener::bind(config.port).await?;
        let own = origin(socket.local_addr()?.port());
        let origin = config.reached_at.clone().unwrap_or_else(|| own.clone());
        let state = Arc::new(State::new(&config, origin.clone()));
        let main = Listener::serve(socket, MainDoor(Arc::clone(&state)))?;
        let mut urls = Urls {
            mcp: format!("{origin}/mcp/oauth"),
            mcp_tools: format!("{origin}/mcp/tools"),
            mcp_key: format!("{origin}/mcp/key"),
            mcp_flat: format!("{origin}/mcp/flat"),
            mcp_in_band: format!("{origin}/mcp"),
            outside: String::new(),
            sse: (!state.variants.has(variant::MODERN_ONLY)).then(|| format!("{origin}/sse")),
            api: format!("{origin}/current"),
            origin,
            plain: None,
            control: None,
        };
        let outside = SocketAddrV4::new(OUTSIDE, main.port);
        urls.outside = format!("http://{outside}/mcp/oauth");
        let mut listeners = vec![main];
        if config.defects.contains(&transport::BINDS_EVERY_ADDRESS) {
            let door = MainDoor(Arc::clone(&state));
            listeners.push(Listener::start_at(OUTSIDE, outside.port(), door).await?);
        }
        if config.plain_door {
            let door = PlainDoor {
                main: MainDoor(Arc::clone(&state)),
                origin: urls.origin.clone(),
            };
            let plain = Listener::start(0, door).await?;
            urls.plain = Some(self::origin(plain.port));
            listeners.push(plain);
        }
        if config.control_door {
            let control = Listener::start(0, ControlDoor(Arc::clone(&state))).await?;
            urls.control = Some(self::origin(control.port));
            listeners.push(control);
        }
        let deliveries = tokio::spawn(delivery::run(Arc::clone(&state)));
        Ok(Self {
            state,
            urls,
            address: own,
            listeners,
            _deliveries: Worker(deliveries),
        })
    }

    /// Where it listens.
    pub fn urls(&self) -> Urls {
        self.urls.clone()
    }

    /// `http://127.0.0.1:PORT` of its main door, whatever it is reached at.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The MCP revisions it speaks on its MCP endpoints, oldest first.
    pub fn revisions(&self) -> Vec<&'static str> {
        mcp::revisions(&self.state.variants)
    }

    /// Its credentials and places.
    pub fn fixtures(&self) -> &Fixtures {
        &self.state.fixtures
    }

    /// What `X-RateLimit-Reset` holds in this world: `epoch` seconds or `delta` seconds.
    pub fn rate_reset(&self) -> &'static str {
        if self.state.variants.has(variant::RATE_RESET_DELTA) {
            "delta"
        } else {
            "epoch"
        }
    }

    #[cfg(test)]
    pub(crate) fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// Seconds for which a rotated refresh token is still answered; 0 where reuse is detected at once.
    pub fn rotation_grace(&self) -> i64 {
        let view = self.state.view();
        let on = view.variants.has(variant::ROTATION_GRACE) || view.defects.any(&PROMISED);
        if on { GRACE } else { 0 }
    }

    /// A handle that changes it from outside.
    pub fn control(&self) -> Control {
        Control::new(Arc::clone(&self.state))
    }

    /// The secret the control door asks for in `X-Hallmark-Control`.
    pub fn control_secret(&self) -> &str {
        &self.state.secret
    }

    /// Ends it and waits until its ports are free.
    pub async fn shutdown(mut self) {
        for listener in self.listeners.drain(..) {
            listener.stop().await;
        }
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the state: it holds credentials.
        f.debug_struct("World")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

fn origin(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}
