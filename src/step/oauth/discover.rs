//! One GET of a document at its well-known address.

use url::Url;

use super::authority::{self, unsafe_to_call};
use super::{evidence, outcome};
use crate::expect::{Outcome, Single, Trace};
use crate::oauth::metadata::{self, is_private};
use crate::scenario::model::{Step, Template};
use crate::step::send::{Outgoing, Written, send, standing};
use crate::step::{Fill, Problem};
use crate::wire::{Exchange, Read};

pub(super) async fn perform(
    step: &Step,
    what: &Template,
    of: Option<&Template>,
    fill: Fill<'_>,
) -> Result<Single, Problem> {
    let what = fill.text(what)?;
    let of = match of {
        Some(template) => Some(parse(&fill.text(template)?)?),
        None => None,
    };
    let mut exchanges = Vec::new();
    for address in addresses(&what, of, fill).await? {
        let exchange = get(address, step, fill).await?;
        let found = outcome::of_members(&exchange, &[]) == Outcome::Done;
        exchanges.push(exchange);
        if found {
            break;
        }
    }
    let decision = |exchange: &Exchange| outcome::of_members(exchange, &[]);
    evidence(exchanges, Trace::default(), decision, "nobody", fill)
}

fn parse(text: &str) -> Result<Url, Problem> {
    Url::parse(text).map_err(|error| Problem::Unusable(format!("`{text}` is no URL: {error}")))
}

async fn addresses(what: &str, of: Option<Url>, fill: Fill<'_>) -> Result<Vec<Url>, Problem> {
    let resource = || of.clone().unwrap_or_else(|| fill.world.target().mcp.clone());
    Ok(match what {
        "resource" => vec![metadata::resource(&resource())],
        "resource-root" => vec![metadata::resource_root(&resource())],
        "resource-any" => metadata::resource_in_order(&resource()),
        "keys" => match of {
            Some(url) => vec![url],
            None => vec![authority::of_case(fill).await?.endpoint("jwks_uri")?],
        },
        "server" | "openid" | "server-any" => {
            let issuer = match of {
                Some(url) => url,
                None => parse(&issuer(fill).await?)?,
            };
            match what {
                "server" => vec![metadata::server(&issuer)],
                // OpenID Connect appends, RFC 8414 §5 inserts; without a path they are one.
                "openid" => {
                    let mut both = vec![metadata::openid_appended(&issuer)];
                    both.push(metadata::openid_inserted(&issuer));
                    both.dedup();
                    both
                }
                _ => metadata::server_in_order(&issuer),
            }
        }
        other => {
            return Err(Problem::Unusable(format!("`{other}` is no document")));
        }
    })
}

/// Declared, else found.
async fn issuer(fill: Fill<'_>) -> Result<String, Problem> {
    let declared = fill
        .world
        .target()
        .oauth
        .as_ref()
        .and_then(|oauth| oauth.issuer.clone());
    match declared {
        Some(issuer) => Ok(issuer),
        None => Ok(authority::of_case(fill).await?.issuer.clone()),
    }
}

async fn get(url: Url, step: &Step, fill: Fill<'_>) -> Result<Exchange, Problem> {
    if let Some(why) = unsafe_to_call(&url, !is_private(&fill.world.target().mcp)) {
        return Err(Problem::Failed(format!(
            "{} is not fetched: {why}",
            authority::shown(&url)
        )));
    }
    // What the target wants on every request is for its own origin.
    let own = url.origin() == fill.world.target().mcp.origin();
    let derived: Vec<(String, String)> = if own {
        standing(fill.world).collect()
    } else {
        Vec::new()
    };
    let outgoing = Outgoing {
        method: "GET".to_owned(),
        url,
        target: None,
        headers: Written::of(&step.headers, fill)?.over(&derived),
        body: bytes::Bytes::new(),
        read: Read::Whole,
        redirects: 0,
    };
    send(outgoing, step, fill).await
}
