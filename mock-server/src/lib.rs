//! A whole authenticated MCP world on loopback, with every misbehaviour on a switch.
//!
//! [`World::start`] makes one: two tenants with files and API keys, an MCP endpoint over Streamable HTTP, the
//! REST routes beside it, a virtual clock and a control. It is healthy unless [`Defect`]s are on; [`Variant`]s
//! make it right in unusual ways.
//!
//! It depends on nothing else of the workspace, so that one misreading of a specification cannot sit on both
//! sides of a test. It listens on 127.0.0.1 only.
//!
//! | room | for |
//! |---|---|
//! | `serve` | sockets, HTTP, routes |
//! | `authority` | credentials, challenges, rate buckets |
//! | `resource` | MCP with its tools, REST |
//! | `platform` | the domain, without HTTP |
//! | `identity` | tenants by the number, for load |
//! | `delivery` | webhooks: out, signed and tried again; and in |
//! | `defect` | the names of every misbehaviour |
//! | `control` | the test-only door |

mod authority;
pub mod behaviour;
mod clock;
mod control;
mod defect;
mod delivery;
mod fixture;
mod hello;
mod identity;
mod journal;
pub mod platform;
mod realtime;
mod resource;
mod serve;
mod state;
mod variant;
mod world;

pub use authority::oauth::fixtures::{FixtureClient, FixtureUser, OAuthFixtures};
pub use authority::outage::Outage;
pub use behaviour::Behaviour;
pub use control::{ConsentDecision, ConsentProblem, Control, NoSuchCredential, NotChanged};
pub use defect::{Defect, DefectInfo, defects};
pub use fixture::{
    CredentialState, FixtureCredential, FixtureReceiver, FixtureSubscription, FixtureWorkspace, Fixtures,
};
pub use identity::{FixtureIdentity, FixtureLogin};
pub use journal::JournalEntry;
pub use resource::tools;
pub use variant::{Variant, VariantInfo, variants};
pub use world::{Limits, Urls, Window, World, WorldConfig};
