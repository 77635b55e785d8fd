//! What a scenario gives: credentials that a real user would have from somewhere.

use hallmark::oauth::client::{Identity, Wishes};
use hallmark::oauth::vault::{AuthMethod, Client};
use hallmark::secret::Secret;
use serde::Deserialize;
use url::Url;

/// `MCP_CONFORMANCE_CONTEXT`. Each scenario fills some of it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Given {
    client_id: Option<String>,
    client_secret: Option<String>,
    private_key_pem: Option<String>,
    issuer: Option<String>,
    valid_jwt: Option<String>,
    idp_client_id: String,
    idp_id_token: Option<String>,
    idp_issuer: String,
    idp_token_endpoint: String,
}

/// The address of the client's document that the suite knows; nothing stands there. In every other scenario the client
/// has none, as a login without `--client-document`.
const DOCUMENT: &str = "https://conformance-test.local/client-metadata.json";

/// How to log in.
pub(crate) struct Context {
    pub(crate) wishes: Wishes,
    pub(crate) by: Granting,
    /// Tokens are bound to a key.
    pub(crate) bound: bool,
}

/// Who grants access.
pub(crate) enum Granting {
    /// Whoever sits in front of the browser.
    Person,
    /// The client for itself.
    Client,
    /// A JWT about this workload.
    Workload(Secret),
    /// A sign-in somewhere else.
    Identity(Identity),
}

impl Context {
    /// From the name of the scenario and its JSON, which may be absent.
    pub(crate) fn read(scenario: &str, json: &str) -> Result<Self, String> {
        let given: Given = if json.is_empty() {
            Given::default()
        } else {
            serde_json::from_str(json).map_err(|error| format!("the scenario's context: {error}"))?
        };
        Ok(Self {
            by: granting(scenario, &given)?,
            bound: scenario.starts_with("auth/dpop"),
            wishes: Wishes {
                client: given.client_id.as_deref().map(|id| client(id, &given)),
                document: (scenario == "auth/basic-cimd").then(|| DOCUMENT.to_owned()),
                issuer: given.issuer,
                localhost: true,
                ..Wishes::default()
            },
        })
    }
}

fn granting(scenario: &str, given: &Given) -> Result<Granting, String> {
    if let Some(assertion) = &given.valid_jwt {
        return Ok(Granting::Workload(Secret::new(assertion)));
    }
    if let Some(id_token) = &given.idp_id_token {
        let token_endpoint = Url::parse(&given.idp_token_endpoint)
            .map_err(|error| format!("the identity provider's token endpoint: {error}"))?;
        return Ok(Granting::Identity(Identity {
            issuer: given.idp_issuer.clone(),
            token_endpoint,
            client: public(&given.idp_client_id),
            id_token: Secret::new(id_token),
        }));
    }
    Ok(if scenario.starts_with("auth/client-credentials") {
        Granting::Client
    } else {
        Granting::Person
    })
}

fn client(id: &str, given: &Given) -> Client {
    let auth = match (&given.client_secret, &given.private_key_pem) {
        (Some(_), _) => AuthMethod::ClientSecretBasic,
        (None, Some(_)) => AuthMethod::PrivateKeyJwt,
        (None, None) => AuthMethod::None,
    };
    Client {
        secret: given.client_secret.as_deref().map(Secret::new),
        key: given.private_key_pem.as_deref().map(Secret::new),
        auth,
        ..public(id)
    }
}

fn public(id: &str) -> Client {
    Client {
        id: id.to_owned(),
        secret: None,
        key: None,
        auth: AuthMethod::None,
    }
}
