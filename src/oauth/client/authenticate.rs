//! How a client shows who it is at the token endpoint (RFC 6749 §2.3, RFC 7523 §2.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::oauth::jose::{Compact, Key, encode};
use crate::oauth::vault::{AuthMethod, Client};

/// What goes along with a request.
pub(super) struct Credentials {
    /// `Authorization`, where the method uses it.
    pub(super) header: Option<String>,
    /// Parameters of the body.
    pub(super) params: Vec<(&'static str, String)>,
}

/// How long an assertion holds.
const LIFE: u64 = 60;

/// The credentials of a client. `audience` is whom an assertion is for, `now` the time in seconds.
pub(super) fn credentials(client: &Client, audience: &str, now: u64) -> Result<Credentials, String> {
    let secret = || {
        let secret = client.secret.as_ref();
        secret.ok_or_else(|| format!("the method {} needs a client secret", client.auth.as_str()))
    };
    let id = ("client_id", client.id.clone());
    Ok(match client.auth {
        AuthMethod::None => Credentials {
            header: None,
            params: vec![id],
        },
        AuthMethod::ClientSecretBasic => Credentials {
            header: Some(basic(&client.id, secret()?.expose())),
            params: Vec::new(),
        },
        AuthMethod::ClientSecretPost => Credentials {
            header: None,
            params: vec![id, ("client_secret", secret()?.expose().to_owned())],
        },
        AuthMethod::PrivateKeyJwt => Credentials {
            header: None,
            params: vec![
                id,
                (
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
                ),
                ("client_assertion", assertion(client, audience, now)?),
            ],
        },
    })
}

/// Id and secret are form-encoded before they are joined (RFC 6749 §2.3.1).
fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!(
        "Basic {}",
        STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)))
    )
}

/// RFC 7523 §3: who, for whom, until when, once.
fn assertion(client: &Client, audience: &str, now: u64) -> Result<String, String> {
    let pem = client
        .key
        .as_ref()
        .ok_or("the method private_key_jwt needs a key")?;
    let key = Key::from_pem(pem.expose()).map_err(|error| format!("the client's key: {error}"))?;
    let header = json!({ "alg": key.alg(), "typ": "JWT" });
    let claims = json!({
        "iss": client.id,
        "sub": client.id,
        "aud": audience,
        "iat": now,
        "exp": now.saturating_add(LIFE),
        "jti": format!("{:032x}", rand::random::<u128>()),
    });
    let unsigned = Compact {
        header: encode(header.to_string().as_bytes()),
        payload: encode(claims.to_string().as_bytes()),
        signature: String::new(),
    };
    Ok(unsigned.signed(Some(&key)).text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn client(auth: AuthMethod, secret: Option<&str>) -> Client {
        Client {
            id: "a b".to_owned(),
            secret: secret.map(Secret::new),
            key: None,
            auth,
        }
    }

    #[test]
    fn methods() {
        let none = credentials(&client(AuthMethod::None, None), "as", 0).expect("credentials");
        assert_eq!(
            (none.header, none.params),
            (None, vec![("client_id", "a b".to_owned())])
        );
        let odd = credentials(&client(AuthMethod::ClientSecretBasic, Some(":+%&é ")), "as", 0)
            .expect("credentials");
        let expected = STANDARD.encode("a+b:%3A%2B%25%26%C3%A9+");
        assert_eq!(odd.header, Some(format!("Basic {expected}")));
        assert!(odd.params.is_empty());
        assert!(credentials(&client(AuthMethod::ClientSecretPost, None), "as", 0).is_err());
        assert!(credentials(&client(AuthMethod::PrivateKeyJwt, None), "as", 0).is_err());
    }
}
