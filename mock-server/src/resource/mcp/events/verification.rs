//! Asks an endpoint whether it wants to hear, before anything is delivered to it: a signed challenge, which it must
//! send back exactly. What else it says is looked at by nobody and told to nobody.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde_json::{Value, json};
use url::Url;

use super::error::Trouble;
use super::store::Wanted;
use crate::defect::evs;
use crate::delivery::{self, Letterbox, Reply};
use crate::state::{State, View};

/// A challenge that everybody can know.
const STATIC: &str = "00112233445566778899aabbccddeeff";

/// Proves the address of a subscription for its principal, once a day.
pub(super) async fn prove(world: &Arc<State>, view: &View, wanted: &Wanted) -> Result<(), Trouble> {
    let (now, defects) = (world.clock.now(), &view.defects);
    let url = wanted.key.url.as_str();
    let principal = if defects.has(evs::VERIFY_CACHE_URL_ONLY) {
        ""
    } else {
        &wanted.key.principal
    };
    let again = defects.has(evs::CHALLENGE_FLOOD);
    if defects.has(evs::NO_VERIFY) || (world.events().is_proven(principal, url, now) && !again) {
        return Ok(());
    }
    let unlimited = defects.has(evs::CHALLENGE_UNLIMITED);
    if world.events().over_challenged(&host(url), now) && !unlimited {
        return Err(Trouble::Exhausted {
            limit: "challenges",
            max: 30,
        });
    }
    let nonce = if defects.has(evs::STATIC_NONCE) {
        STATIC.to_owned()
    } else {
        world.mint().hex(32)
    };
    let reply = ask(world, view, wanted, &nonce).await?;
    let echoed = match () {
        () if defects.has(evs::ANY_2XX_VERIFIES) => is_success(&reply),
        () if defects.has(evs::ECHO_CONTAINS) => is_success(&reply) && contains(&reply, &nonce),
        () => is_success(&reply) && echoes(&reply, &nonce),
    };
    if !echoed {
        return Err(refused(&reply));
    }
    world.events().prove(principal, url, now);
    Ok(())
}

async fn ask(world: &Arc<State>, view: &View, wanted: &Wanted, nonce: &str) -> Result<Reply, Trouble> {
    let signed = !view.defects.has(evs::CHALLENGE_UNSIGNED);
    let letterbox = Letterbox::events(
        &wanted.key.url,
        if signed {
            vec![wanted.secret.clone()]
        } else {
            Vec::new()
        },
        &wanted.key.id(&view.defects),
    );
    let body = json!({ "type": "verification", "challenge": nonce }).to_string();
    let message = format!("msg_verification_{}", world.mint().hex(16));
    let asked = delivery::ask(world, view, &letterbox, &message, body.as_bytes()).await;
    asked.map_err(|error| Trouble::Callback {
        reason: delivery::reason(&error),
        said: error.to_string(),
    })
}

fn refused(reply: &Reply) -> Trouble {
    let reason = match reply.status {
        400..500 => "http_4xx",
        500.. => "http_5xx",
        _ => "challenge_failed",
    };
    Trouble::Callback {
        reason,
        said: format!("{} {}", reply.status, String::from_utf8_lossy(&reply.body)),
    }
}

fn is_success(reply: &Reply) -> bool {
    (200..300).contains(&reply.status)
}

/// A JSON object whose `challenge` is the one that was sent.
fn echoes(reply: &Reply, nonce: &str) -> bool {
    let said: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let said = said.as_ref().and_then(|said| said["challenge"].as_str());
    said.is_some_and(|said| verify_slices_are_equal(said.as_bytes(), nonce.as_bytes()).is_ok())
}

fn contains(reply: &Reply, nonce: &str) -> bool {
    String::from_utf8_lossy(&reply.body).contains(nonce)
}

fn host(url: &str) -> String {
    let url = Url::parse(url).ok();
    url.map(|url| url[url::Position::BeforeHost..url::Position::AfterPort].to_owned())
        .unwrap_or_default()
}
