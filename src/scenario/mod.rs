//! Scenario files: YAML into a typed model that keeps its source positions; templates; lint; JSON Schema.
//!
//! May use `secret`. Offers the node tree, the diagnostics and the decoding toolkit to `target` and `rules`.
//! Never opens a connection, never evaluates a template, never decides a verdict.

pub mod decode;
pub mod diagnostic;
pub mod fields;
pub mod lint;
pub mod model;
mod node;
mod places;
pub mod render;
pub mod schema;
pub mod suggest;
pub mod table;
pub mod template;
pub mod time;
mod traps;
pub mod yaml;

use std::sync::Arc;

use diagnostic::Diagnostics;
use lint::Known;
use model::{Scenario, SourceFile};

/// Reads a scenario file: parses, decodes, checks. `Some` only when it has no errors.
pub fn load(
    file: &Arc<SourceFile>,
    id: &str,
    known: &Known,
    diagnostics: &mut Diagnostics,
) -> Option<Scenario> {
    let mut found = Diagnostics::new();
    let scenario = decode::decode(file, id, &mut found);
    match &scenario {
        Some(scenario) => found.extend(lint::check(scenario, known)),
        None => lint::secrets::scan(file, &mut found),
    }
    let sound = !found.has_errors();
    diagnostics.extend(found);
    scenario.filter(|_| sound)
}

pub use decode::is_secret_name;
pub(crate) use decode::tables::{NUMBERS as LOAD_NUMBERS, SHARES as LOAD_SHARES};
