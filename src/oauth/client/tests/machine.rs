//! Grants without a person.

use super::*;

const AS: &str = "/.well-known/oauth-authorization-server";

/// A server for machines: no consent, no registration, no PKCE.
fn machines(
    grants: &'static [&'static str],
    token: fn() -> ResponseTemplate,
) -> impl Fn(&str, &str, &Request) -> Option<ResponseTemplate> + Send + Sync {
    move |origin, path, _| match path {
        AS => Some(reply(
            200,
            &json!({
                "issuer": origin,
                "token_endpoint": format!("{origin}/token"),
                "grant_types_supported": grants,
                "scopes_supported": ["read", "offline_access"],
            }),
        )),
        "/token" => Some(token()),
        "/idp" => Some(reply(
            200,
            &json!({
                "access_token": "JAG", "token_type": "N_A",
                "issued_token_type": "urn:ietf:params:oauth:token-type:id-jag",
            }),
        )),
        _ => None,
    }
}

fn issued() -> ResponseTemplate {
    reply(200, &json!({ "access_token": "A", "token_type": "Bearer" }))
}

fn service(auth: AuthMethod) -> Client {
    Client {
        id: "service".to_owned(),
        secret: Some(Secret::new("s")),
        key: None,
        auth,
    }
}

fn known() -> Wishes {
    Wishes {
        client: Some(service(AuthMethod::ClientSecretPost)),
        ..Wishes::default()
    }
}

/// The parameters of the only request to a path.
fn sent(servers: &Servers, path: &str) -> String {
    let seen = servers.seen(path);
    assert_eq!(seen.len(), 1, "{seen:?}");
    let body = seen[0].rsplit(' ').next().expect("a body").to_owned();
    let params = url::form_urlencoded::parse(body.as_bytes());
    params
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test]
async fn a_client_for_itself() {
    let servers = Servers::new(machines(&["client_credentials"], issued)).await;
    let grant = servers
        .granted(&known(), By::Client, None, None)
        .await
        .expect("a grant");
    assert_eq!(
        (grant.scope, grant.client.id.as_str()),
        (vec!["read".to_owned()], "service")
    );
    assert!(servers.seen("/authorize").is_empty() && servers.seen("/register").is_empty());
    insta::assert_snapshot!(sent(&servers, "/token"), @r"
    grant_type=client_credentials
    scope=read
    resource=AS/mcp
    client_id=service
    client_secret=s
    ");
}

#[tokio::test]
async fn a_workload_sends_its_assertion_once() {
    let refused = || reply(400, &json!({ "error": "invalid_grant" }));
    let servers = Servers::new(machines(
        &["urn:ietf:params:oauth:grant-type:jwt-bearer"],
        refused,
    ))
    .await;
    let assertion = Secret::new("JWT");
    let error = servers
        .granted(&known(), By::Workload(&assertion), None, None)
        .await
        .expect_err("a refusal");
    assert_eq!(
        servers.masked(&error.to_string()),
        "the token endpoint of AS gave no token: the server refused: invalid_grant (HTTP 400)"
    );
    insta::assert_snapshot!(sent(&servers, "/token"), @r"
    grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer
    assertion=JWT
    scope=read
    resource=AS/mcp
    client_id=service
    client_secret=s
    ");
}

fn identity(servers: &Servers, place: &str) -> Identity {
    Identity {
        issuer: "https://idp.example".to_owned(),
        token_endpoint: Url::parse(&format!("{}{place}", servers.server.uri())).expect("a URL"),
        client: Client {
            id: "at the provider".to_owned(),
            secret: None,
            ..service(AuthMethod::None)
        },
        id_token: Secret::new("ID"),
    }
}

#[tokio::test]
async fn a_sign_in_is_exchanged_for_a_grant_at_this_server() {
    let servers = Servers::new(machines(&["urn:ietf:params:oauth:grant-type:jwt-bearer"], issued)).await;
    let identity = identity(&servers, "/idp");
    servers
        .granted(&known(), By::Identity(&identity), None, None)
        .await
        .expect("a grant");
    insta::assert_snapshot!(sent(&servers, "/idp"), @r"
    grant_type=urn:ietf:params:oauth:grant-type:token-exchange
    requested_token_type=urn:ietf:params:oauth:token-type:id-jag
    audience=AS
    resource=AS/mcp
    subject_token=ID
    subject_token_type=urn:ietf:params:oauth:token-type:id_token
    scope=read
    client_id=at the provider
    ");
    assert!(sent(&servers, "/token").contains("assertion=JAG\n"));
}

#[tokio::test]
async fn what_ends_it() {
    let servers = Servers::new(machines(&["authorization_code"], issued)).await;
    let tell = async |wishes: &Wishes, by: By<'_>| {
        let granted = servers.granted(wishes, by, None, None).await;
        servers.masked(&granted.expect_err("none").to_string())
    };
    // `/token` gives an access token, which is no assertion about anybody.
    let other = identity(&servers, "/token");
    let told = [
        tell(&known(), By::Client).await,
        tell(&Wishes::default(), By::Client).await,
        tell(&known(), By::Identity(&other)).await,
    ];
    insta::assert_snapshot!(told.join("\n"), @r"
    the authorization server AS does not list client_credentials in `grant_types_supported`
    the client cannot authenticate: without a person it must be registered beforehand
    the token endpoint of https://idp.example gave no token: HTTP 200: `issued_token_type` is not the identity assertion that was asked for (RFC 8693 §2.2.1)
    ");
    let Err(error) = servers.login(&known()).await else {
        panic!("no consent without an authorization endpoint");
    };
    assert!(matches!(error, LoginError::Lacks { .. }), "{error}");
}
