use super::*;

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    Response {
        status,
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
            .collect(),
        body: body.to_owned().into(),
        ..Response::default()
    }
}

#[test]
fn a_token() {
    let body =
        r#"{"access_token":"a","token_type":"Bearer","expires_in":3600,"refresh_token":"r","scope":"x y"}"#;
    let issued = token(&answer(200, &[], body)).expect("a token");
    assert_eq!(issued.access_token.expose(), "a");
    assert_eq!(issued.expires_in, Some(Duration::from_hours(1)));
    assert_eq!(issued.refresh_token.as_ref().map(Secret::expose), Some("r"));
    assert_eq!(issued.scope.as_deref(), Some("x y"));
    assert!(!format!("{issued:?}").contains("\"a\""));
}

#[test]
fn every_other_answer_says_what_it_is() {
    let html = [("Content-Type", "text/html; charset=utf-8")];
    let json = [("Content-Type", "application/json")];
    let mut cut = answer(200, &json, r#"{"access_token":"a""#);
    cut.cut = Some(Cut::Short);
    let answers = [
        answer(
            400,
            &json,
            r#"{"error":"invalid_grant","error_description":"The code is over."}"#,
        ),
        answer(401, &json, r#"{"error":"invalid_client"}"#),
        answer(200, &json, r#"{"error":"invalid_grant"}"#),
        answer(200, &html, "<html>sign in</html>"),
        answer(200, &json, r#"{"access_token":"a","#),
        cut,
        answer(200, &[], ""),
        answer(204, &[], ""),
        answer(200, &json, "[]"),
        answer(200, &json, "no"),
        answer(302, &[("Location", "https://a.example/login?code=s3cr3t")], ""),
        answer(307, &[], ""),
        answer(429, &[("Retry-After", "7")], ""),
        answer(503, &[("Retry-After", "7")], ""),
        answer(
            429,
            &[
                ("Date", "Sat, 28 Nov 2026 20:00:00 GMT"),
                ("Retry-After", "Sat, 28 Nov 2026 20:01:30 GMT"),
            ],
            "",
        ),
        answer(503, &[], ""),
        answer(500, &html, "<html>"),
        answer(400, &json, "{}"),
        answer(404, &html, "<html>"),
        answer(200, &json, r#"{"token_type":"Bearer"}"#),
        answer(200, &json, r#"{"access_token":"a"}"#),
        answer(200, &json, r#"{"access_token":7,"token_type":"Bearer"}"#),
        answer(
            200,
            &json,
            r#"{"access_token":"a","token_type":"Bearer","expires_in":"soon"}"#,
        ),
        answer(
            200,
            &json,
            r#"{"access_token":"a","token_type":"Bearer","refresh_token":1}"#,
        ),
    ];
    let said: Vec<String> = answers
        .iter()
        .map(|answer| token(answer).expect_err("no token").to_string())
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    the server refused: invalid_grant: The code is over. (HTTP 400)
    the server refused: invalid_client (HTTP 401)
    HTTP 200 with `error: invalid_grant` in it: a refusal has status 400 or 401 (RFC 6749 §5.2)
    HTTP 200 with text/html; charset=utf-8: a page, no JSON
    HTTP 200 with application/json: JSON that ends too early
    HTTP 200: the body ended early (the connection was closed)
    HTTP 200 with no content type: an empty body
    HTTP 204 with no content type: an empty body
    HTTP 200 with application/json: JSON, but no object
    HTTP 200 with application/json: no JSON
    HTTP 302: a redirect to https://a.example/login, which is not followed with credentials
    HTTP 307: a redirect to nowhere, which is not followed with credentials
    HTTP 429: too many requests, again in 7 s
    HTTP 503: too many requests, again in 7 s
    HTTP 429: too many requests, again in 90 s
    HTTP 503: the server failed
    HTTP 500: the server failed
    HTTP 400: a refusal without `error` (RFC 6749 §5.2)
    HTTP 404 with text/html; charset=utf-8: a page, no JSON
    HTTP 200: there is no `access_token` (RFC 6749 §5.1)
    HTTP 200: there is no `token_type` (RFC 6749 §5.1)
    HTTP 200: `access_token` is no text, or empty
    HTTP 200: `expires_in` is no number of seconds (RFC 6749 §5.1)
    HTTP 200: `refresh_token` is no text
    ");
}
