//! Hallmark: conformance and load tests for authenticated MCP endpoints, their authorization servers and the agents
//! that call them.
//!
//! One thing flows through this crate, one way:
//!
//! ```text
//! text ─► model ─► plan ─► evidence ─► findings ─► verdict ─► record ─► report
//! scenario ──────► run ──► step · wire ─► expect ──► run ─────► hallmark-reports
//! ```
//!
//! Whoever reads the rooms in that order has read the program. ARCHITECTURE.md holds the floors and the invariants.

pub mod agent;
pub mod cli;
pub mod expect;
pub mod load;
pub mod mcp;
pub mod oauth;
pub mod rules;
pub mod run;
pub mod scenario;
pub mod secret;
pub mod step;
pub mod target;
pub mod webhook;
pub mod wire;
