//! Resource indicators (RFC 8707): what a token is to be for.

use super::error::OAuthError;
use super::params::Params;
use crate::authority::protected::Protected;
use crate::defect::{DefectSet, rind};
use crate::state::State;

/// RFC 8707 §2.
const INVALID_TARGET: OAuthError = OAuthError::of("invalid_target", "a resource is unknown or malformed");

/// The resources of an authorization request, or of a client that asks for itself.
pub(super) fn asked(world: &State, defects: &DefectSet, params: &Params) -> Result<Vec<String>, OAuthError> {
    let named = params.all("resource");
    if named.is_empty() {
        return Ok(vec![Protected::Oauth.identifier(world)]);
    }
    if named.len() > 1 && defects.has(rind::RESOURCE_DUP_REFUSED) {
        return Err(OAuthError::request("a parameter is there twice"));
    }
    let mut all = Vec::new();
    for resource in named {
        let known = Protected::named(world, &resource).map(|found| found.identifier(world));
        let known = known.or_else(|| defects.has(rind::RESOURCE_IGNORED).then_some(resource));
        let known = known.ok_or(INVALID_TARGET)?;
        if !all.contains(&known) {
            all.push(known);
        }
    }
    Ok(all)
}

/// The resources of a token request: those of the grant, or some of them (RFC 8707 §2.2). `any`: or any others; only
/// defects allow that.
pub(super) fn narrowed(
    world: &State,
    defects: &DefectSet,
    granted: &[String],
    params: &Params,
    any: bool,
) -> Result<Vec<String>, OAuthError> {
    if params.all("resource").is_empty() {
        return Ok(granted.to_vec());
    }
    let asked = asked(world, defects, params)?;
    if any || asked.iter().all(|resource| granted.contains(resource)) {
        return Ok(asked);
    }
    Err(INVALID_TARGET)
}
