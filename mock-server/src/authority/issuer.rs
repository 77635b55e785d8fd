//! The name of the authorization server (RFC 8414 §2) and the addresses of its endpoints.

use crate::state::State;
use crate::variant::{self, VariantSet};

/// Path of the issuer where it has one.
pub(crate) const TENANT: &str = "/tenants/acme";

/// The issuer identifier: the origin, or a path below it. Never with a slash at its end.
pub(crate) fn issuer(world: &State) -> String {
    of(world.origin(), &world.variants)
}

/// The same before there is a world.
pub(crate) fn of(origin: &str, variants: &VariantSet) -> String {
    format!("{origin}{}", path_in(variants))
}

/// The path of the issuer identifier; empty for the origin.
pub(crate) fn path(world: &State) -> &'static str {
    path_in(&world.variants)
}

fn path_in(variants: &VariantSet) -> &'static str {
    if variants.has(variant::ISSUER_WITH_PATH) {
        TENANT
    } else {
        ""
    }
}
