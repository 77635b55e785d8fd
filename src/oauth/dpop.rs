//! Tokens that are bound to a key (RFC 9449): with every request goes a proof that whoever sends it holds the key.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde_json::json;
use url::Url;

use super::challenge;
use super::jose::{Compact, Key, encode};
use super::pkce::s256;
use super::response::refusal;
use crate::secret::Secret;
use crate::wire::Response;

/// A key, and the nonces that servers want to see in its proofs (RFC 9449 §8).
pub struct Prover {
    key: Key,
    /// By origin: the last one is the one that counts (§8.2).
    nonces: Mutex<BTreeMap<String, String>>,
}

impl Prover {
    /// With a key of its own, for ES256. `None` only where the system has no randomness.
    pub fn fresh() -> Option<Self> {
        Some(Self {
            key: Key::generate()?,
            nonces: Mutex::default(),
        })
    }

    /// The algorithm of its proofs.
    pub fn alg(&self) -> &'static str {
        self.key.alg()
    }

    /// The thumbprint of its key (RFC 7638), for `dpop_jkt` (RFC 9449 §10).
    pub fn thumbprint(&self) -> String {
        let jwk = self.key.jwk().unwrap_or_default();
        // The required members in this order and nothing else (RFC 7638 §3.2).
        s256(&json!({ "crv": jwk["crv"], "kty": jwk["kty"], "x": jwk["x"], "y": jwk["y"] }).to_string())
    }

    /// The value of `DPoP` for one request (RFC 9449 §4.2), new each time. `token` is the access token that goes along,
    /// `now` the time in seconds since the epoch.
    pub fn proof(&self, method: &str, url: &Url, token: Option<&Secret>, now: u64) -> String {
        let header = json!({ "typ": "dpop+jwt", "alg": self.key.alg(), "jwk": self.key.jwk() });
        let mut place = url.clone();
        place.set_query(None);
        place.set_fragment(None);
        let mut claims = json!({
            "jti": format!("{:032x}", rand::random::<u128>()),
            "htm": method,
            "htu": place.as_str(),
            "iat": now,
        });
        if let Some(token) = token {
            claims["ath"] = json!(s256(token.expose()));
        }
        if let Some(nonce) = self.nonces().get(&origin(url)) {
            claims["nonce"] = json!(nonce);
        }
        let unsigned = Compact {
            header: encode(header.to_string().as_bytes()),
            payload: encode(claims.to_string().as_bytes()),
            signature: String::new(),
        };
        unsigned.signed(Some(&self.key)).text()
    }

    /// Keeps the nonce of an answer (RFC 9449 §8.2). Whether the request should be sent again because the server wants
    /// that nonce and did not find it in the proof (§8, §9).
    pub fn heed(&self, url: &Url, response: &Response) -> bool {
        // NQCHAR (§8): what else stands there is not sent back.
        let is_nonce = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|b| matches!(b, b'!' | 0x23..=0x5b | 0x5d..=0x7e))
        };
        let Some(nonce) = response.header("dpop-nonce").filter(|text| is_nonce(text)) else {
            return false;
        };
        let before = self.nonces().insert(origin(url), nonce.clone());
        before.as_ref() != Some(&nonce) && wants_nonce(response)
    }

    fn nonces(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Prover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prover(…)")
    }
}

/// At the token endpoint 400 with the error in the body (§8), elsewhere 401 with it in the challenge (§9).
fn wants_nonce(response: &Response) -> bool {
    const WANTED: &str = "use_dpop_nonce";
    let values: Vec<&[u8]> = response.header_values("www-authenticate").collect();
    let challenges = challenge::parse(&values);
    match response.status {
        400 => refusal(response).is_some_and(|refusal| refusal.error == WANTED),
        401 => challenges
            .of("DPoP")
            .is_some_and(|challenge| challenge.param("error") == Some(WANTED)),
        _ => false,
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        Response {
            status,
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
                .collect(),
            body: body.as_bytes().to_vec().into(),
            ..Response::default()
        }
    }

    fn claims(proof: &str) -> serde_json::Map<String, serde_json::Value> {
        Compact::read(proof)
            .and_then(|proof| proof.claims())
            .expect("claims")
    }

    #[test]
    fn a_proof_names_its_request_and_nothing_of_the_query() {
        let prover = Prover::fresh().expect("a key");
        let url = Url::parse("https://a.example/token?x=1#y").expect("a URL");
        let text = prover.proof("POST", &url, None, 7);
        let header = Compact::read(&text)
            .and_then(|proof| proof.header())
            .expect("a header");
        assert_eq!(
            (&header["typ"], &header["alg"]),
            (&json!("dpop+jwt"), &json!("ES256"))
        );
        assert!(header["jwk"].get("d").is_none(), "the private half stays here");
        let first = claims(&text);
        assert_eq!(
            (&first["htm"], &first["htu"], &first["iat"]),
            (&json!("POST"), &json!("https://a.example/token"), &json!(7))
        );
        assert!(!first.contains_key("ath") && !first.contains_key("nonce"));
        assert_ne!(
            first["jti"],
            claims(&prover.proof("POST", &url, None, 7))["jti"],
            "once"
        );
        // RFC 9449 §7.1: hash of the ASCII of the token.
        let token = Secret::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
        assert_eq!(
            claims(&prover.proof("GET", &url, Some(&token), 7))["ath"],
            json!("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo")
        );
    }

    #[test]
    fn a_nonce_is_of_its_server_and_asked_for_once() {
        let prover = Prover::fresh().expect("a key");
        let here = Url::parse("https://a.example/token").expect("a URL");
        let there = Url::parse("https://b.example/mcp").expect("a URL");
        let wanted = answer(400, &[("DPoP-Nonce", "n1")], r#"{"error":"use_dpop_nonce"}"#);
        assert!(prover.heed(&here, &wanted));
        assert!(!prover.heed(&here, &wanted), "it was in the proof");
        assert_eq!(
            claims(&prover.proof("POST", &here, None, 0))["nonce"],
            json!("n1")
        );
        assert!(!claims(&prover.proof("POST", &there, None, 0)).contains_key("nonce"));
        let good = answer(200, &[("DPoP-Nonce", "n2")], "{}");
        assert!(!prover.heed(&here, &good));
        assert_eq!(
            claims(&prover.proof("POST", &here, None, 0))["nonce"],
            json!("n2")
        );
        let challenge = [
            ("WWW-Authenticate", "DPoP error=\"use_dpop_nonce\""),
            ("DPoP-Nonce", "m"),
        ];
        assert!(prover.heed(&there, &answer(401, &challenge, "")));
        assert!(!prover.heed(&there, &answer(401, &[("DPoP-Nonce", "a b")], "")));
        assert!(!prover.heed(&there, &answer(400, &[], r#"{"error":"use_dpop_nonce"}"#)));
    }
}
