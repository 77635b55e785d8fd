//! Servers that say something else than they should, or say it in another way.

use super::*;

pub(super) fn changed(origin: &str, change: impl Fn(&mut Value)) -> ResponseTemplate {
    let mut document = metadata(origin);
    change(&mut document);
    reply(200, &document)
}

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn bent() -> Vec<(&'static str, Bend)> {
    const AS: &str = "/.well-known/oauth-authorization-server";
    const PR: &str = "/.well-known/oauth-protected-resource/mcp";
    let server = |what, change: fn(&str, &mut Value)| -> (&'static str, Bend) {
        (
            what,
            Box::new(move |origin, path, _| {
                (path == AS).then(|| changed(origin, |document| change(origin, document)))
            }),
        )
    };
    let at =
        |what, place: &'static str, answer: fn(&str, &Request) -> ResponseTemplate| -> (&'static str, Bend) {
            (
                what,
                Box::new(move |origin, path, request| (path == place).then(|| answer(origin, request))),
            )
        };
    vec![
        server("another issuer", |_, document| {
            document["issuer"] = json!("https://evil.example");
        }),
        server("no S256", |_, document| {
            document["code_challenge_methods_supported"] = json!(["plain"]);
        }),
        server("no PKCE", |_, document| {
            document
                .as_object_mut()
                .expect("an object")
                .remove("code_challenge_methods_supported");
        }),
        server("a token endpoint in the clear", |_, document| {
            document["token_endpoint"] = json!("http://as.example/token");
        }),
        server("a token endpoint by name", |_, document| {
            document["token_endpoint"] = json!("http://localhost:1/token");
        }),
        server("no registration", |_, document| {
            document
                .as_object_mut()
                .expect("an object")
                .remove("registration_endpoint");
        }),
        at("a page for metadata", AS, |_, _| {
            ResponseTemplate::new(200).set_body_string("<html>")
        }),
        at("metadata that fails", AS, |_, _| ResponseTemplate::new(503)),
        at("metadata in a circle", AS, |_, request| {
            ResponseTemplate::new(302).insert_header("Location", request.url.path())
        }),
        at("metadata elsewhere in the clear", AS, |_, _| {
            ResponseTemplate::new(302).insert_header("Location", "http://evil.example/x")
        }),
        at("a document of another resource", PR, |origin, _| {
            reply(
                200,
                &json!({ "resource": "https://evil.example/mcp", "authorization_servers": [origin] }),
            )
        }),
        at("a document of the origin", PR, |origin, _| {
            reply(
                200,
                &json!({ "resource": origin, "authorization_servers": [origin] }),
            )
        }),
        at("no server named", PR, |origin, _| {
            reply(200, &json!({ "resource": format!("{origin}/mcp") }))
        }),
        at("no document where the challenge says", PR, |_, _| {
            ResponseTemplate::new(404)
        }),
        at("an open endpoint with a document", "/mcp", |_, _| {
            ResponseTemplate::new(200)
        }),
        (
            "an open endpoint without",
            Box::new(|_, path, _| match path {
                "/mcp" => Some(ResponseTemplate::new(200)),
                PR => Some(ResponseTemplate::new(404)),
                _ => None,
            }),
        ),
        at("a redirect of the endpoint", "/mcp", |_, _| {
            ResponseTemplate::new(307).insert_header("Location", "https://evil.example/mcp")
        }),
        at("a challenge into the clear", "/mcp", |_, _| {
            ResponseTemplate::new(401).insert_header(
                "WWW-Authenticate",
                "Bearer resource_metadata=\"http://evil.example/x\"",
            )
        }),
        (
            "2025-03-26 with metadata",
            Box::new(|_, path, _| match path {
                "/mcp" => Some(ResponseTemplate::new(401)),
                PR => Some(ResponseTemplate::new(404)),
                _ => None,
            }),
        ),
        (
            "2025-03-26 without",
            Box::new(|_, path, request| match path {
                "/mcp" => Some(ResponseTemplate::new(401)),
                PR | AS => Some(ResponseTemplate::new(404)),
                "/authorize" => Some(callback(
                    request,
                    &[("code", "C"), ("state", &query(request)["state"])],
                )),
                _ => None,
            }),
        ),
        (
            "OpenID metadata only",
            Box::new(|origin, path, _| match path {
                AS => Some(ResponseTemplate::new(404)),
                "/.well-known/openid-configuration" => Some(reply(200, &metadata(origin))),
                _ => None,
            }),
        ),
        at("a foreign state", "/authorize", |origin, request| {
            callback(request, &[("code", "C"), ("state", "other"), ("iss", origin)])
        }),
        at("no state", "/authorize", |origin, request| {
            callback(request, &[("code", "C"), ("iss", origin)])
        }),
        at("another iss", "/authorize", |_, request| {
            let state = &query(request)["state"];
            callback(
                request,
                &[("code", "C"), ("state", state), ("iss", "https://evil.example")],
            )
        }),
        at("no iss", "/authorize", |_, request| {
            callback(request, &[("code", "C"), ("state", &query(request)["state"])])
        }),
        at("two codes", "/authorize", |origin, request| {
            let state = &query(request)["state"];
            callback(
                request,
                &[("code", "C"), ("code", "D"), ("state", state), ("iss", origin)],
            )
        }),
        at("denied", "/authorize", |origin, request| {
            let state = &query(request)["state"];
            callback(
                request,
                &[
                    ("error", "access_denied"),
                    ("error_description", "no"),
                    ("state", state),
                    ("iss", origin),
                ],
            )
        }),
        at("a page that asks", "/authorize", |_, _| {
            ResponseTemplate::new(200).set_body_string("<form>")
        }),
        at("registration refused", "/register", |_, _| {
            reply(400, &json!({ "error": "invalid_client_metadata" }))
        }),
        at("a secret for Basic", "/register", |_, _| {
            reply(
                201,
                &json!({ "client_id": "dyn", "client_secret": "s", "token_endpoint_auth_method": "client_secret_basic" }),
            )
        }),
        at("a refusal of the code", "/token", |_, _| {
            reply(400, &json!({ "error": "invalid_grant" }))
        }),
        at("a page for a token", "/token", |_, _| {
            ResponseTemplate::new(200).set_body_string("<html>")
        }),
        at("a redirect for a token", "/token", |_, _| {
            ResponseTemplate::new(307).insert_header("Location", "https://evil.example/token")
        }),
        at("not Bearer", "/token", |_, _| {
            reply(200, &json!({ "access_token": "A", "token_type": "DPoP" }))
        }),
        at("no refresh token, no scope", "/token", |_, _| {
            reply(200, &json!({ "access_token": "A", "token_type": "bearer" }))
        }),
    ]
}
