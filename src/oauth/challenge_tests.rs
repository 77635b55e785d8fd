use proptest::prelude::*;

use super::*;

fn words(values: &[&[u8]]) -> String {
    let Challenges { challenges, problems } = parse(values);
    let challenge = |c: &Challenge| {
        let params = c
            .params
            .iter()
            .map(|p| format!("{}={}{:?}", p.name, if p.quoted { "q" } else { "" }, p.value));
        let all: Vec<String> = c.token68.iter().map(|t| format!("<{t}>")).chain(params).collect();
        format!("{}[{}]", c.scheme, all.join(" "))
    };
    let mut said: Vec<String> = challenges.iter().map(challenge).collect();
    said.extend(
        problems
            .iter()
            .map(|p| format!("!{}:{} {}", p.field, p.at, p.what)),
    );
    said.join(" ")
}

fn table(values: &[&str]) -> String {
    let line = |v: &&str| {
        format!(
            "{} → {}",
            v.replace('\t', "^I").replace('\u{7}', "^G"),
            words(&[v.as_bytes()])
        )
    };
    values.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn legal_however_unusual() {
    let values = [
        "Bearer",
        "bearer",
        r#"Bearer realm="x""#,
        r#"BEARER resource_metadata="https://a.example/.well-known/oauth-protected-resource/mcp", error="invalid_token""#,
        r#"Bearer error=invalid_token, REALM="a""#,
        r#"Bearer error = "invalid_token" ,realm="a, \"b\" = \\c""#,
        r#"Bearer realm="""#,
        r#", ,Bearer realm="x",, ,"#,
        r#"Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple""#,
        r#"Negotiate, Bearer realm="x""#,
        r#"Negotiate YWJjZA==, Bearer scope="a b""#,
        r#"Bearer, , Basic realm="x""#,
        "Bearer realm=\"x\",\tDPoP algs=\"ES256 RS256\"",
        "Hobby abc.d-e~f+g/h",
        r#"Digest realm="é", qop="auth, auth-int", stale=FALSE"#,
        r#"Bearer , realm="x""#,
    ];
    for value in values {
        assert_eq!(parse(&[value.as_bytes()]).problems, [], "{value}");
    }
    insta::assert_snapshot!(table(&values), @r#"
    Bearer → Bearer[]
    bearer → bearer[]
    Bearer realm="x" → Bearer[realm=q"x"]
    BEARER resource_metadata="https://a.example/.well-known/oauth-protected-resource/mcp", error="invalid_token" → BEARER[resource_metadata=q"https://a.example/.well-known/oauth-protected-resource/mcp" error=q"invalid_token"]
    Bearer error=invalid_token, REALM="a" → Bearer[error="invalid_token" REALM=q"a"]
    Bearer error = "invalid_token" ,realm="a, \"b\" = \\c" → Bearer[error=q"invalid_token" realm=q"a, \"b\" = \\c"]
    Bearer realm="" → Bearer[realm=q""]
    , ,Bearer realm="x",, , → Bearer[realm=q"x"]
    Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple" → Newauth[realm=q"apps" type="1" title=q"Login to \"apps\""] Basic[realm=q"simple"]
    Negotiate, Bearer realm="x" → Negotiate[] Bearer[realm=q"x"]
    Negotiate YWJjZA==, Bearer scope="a b" → Negotiate[<YWJjZA==>] Bearer[scope=q"a b"]
    Bearer, , Basic realm="x" → Bearer[] Basic[realm=q"x"]
    Bearer realm="x",^IDPoP algs="ES256 RS256" → Bearer[realm=q"x"] DPoP[algs=q"ES256 RS256"]
    Hobby abc.d-e~f+g/h → Hobby[<abc.d-e~f+g/h>]
    Digest realm="é", qop="auth, auth-int", stale=FALSE → Digest[realm=q"é" qop=q"auth, auth-int" stale="FALSE"]
    Bearer , realm="x" → Bearer[realm=q"x"]
    "#);
}

#[test]
fn illegal() {
    let values = [
        r#"Bearer realm="x" error="invalid_token""#,
        r#"Bearer realm="x" Basic realm="y""#,
        "Bearer error_description=The token expired, error=invalid_token",
        "Bearer scope=read write",
        "Bearer realm='x', error='invalid token'",
        "Bearer realm=“x”",
        r#"Bearer realm="x, error="invalid_token""#,
        r#"Bearer realm="x"#,
        r#"Bearer realm="x", realm="y""#,
        r#"Bearer error="a", Error="b""#,
        "Bearer resource_metadata=https://a.example/x",
        "Bearer realm=, error=x",
        r#"realm="x""#,
        r#"Bearer abc, realm="x""#,
        r#"Bearer realm="x"; error="y""#,
        r#"Bearer: realm="x""#,
        r#"{"error":"invalid_token"}"#,
        "Bearer realm=\"a\u{7}b\"",
    ];
    for value in values {
        assert_ne!(parse(&[value.as_bytes()]).problems, [], "{value}");
    }
    insta::assert_snapshot!(table(&values), @r#"
    Bearer realm="x" error="invalid_token" → Bearer[realm=q"x" error=q"invalid_token"] !0:17 a comma is missing
    Bearer realm="x" Basic realm="y" → Bearer[realm=q"x"] Basic[realm=q"y"] !0:17 a comma is missing
    Bearer error_description=The token expired, error=invalid_token → Bearer[error_description="The token expired" error="invalid_token"] !0:25 the value of error_description has a blank and is not quoted
    Bearer scope=read write → Bearer[scope="read write"] !0:13 the value of scope has a blank and is not quoted
    Bearer realm='x', error='invalid token' → Bearer[realm="x" error="invalid token"] !0:13 the value of realm is in single quotes !0:24 the value of error is in single quotes
    Bearer realm=“x” → Bearer[realm="x"] !0:13 the value of realm is in typographic quotes
    Bearer realm="x, error="invalid_token" → Bearer[realm=q"x, error="] invalid_token[] !0:24 a comma is missing !0:37 byte 0x22 may not stand here
    Bearer realm="x → Bearer[realm=q"x"] !0:13 the quoted value of realm does not end
    Bearer realm="x", realm="y" → Bearer[realm=q"x" realm=q"y"] !0:18 realm is given twice
    Bearer error="a", Error="b" → Bearer[error=q"a" Error=q"b"] !0:18 Error is given twice
    Bearer resource_metadata=https://a.example/x → Bearer[resource_metadata="https://a.example/x"] !0:30 byte 0x3a may not stand here
    Bearer realm=, error=x → Bearer[realm="" error="x"] !0:13 realm has no value
    realm="x" → !0:0 parameter realm belongs to no scheme
    Bearer abc, realm="x" → Bearer[<abc> realm=q"x"] !0:12 a token68 and parameters in one challenge
    Bearer realm="x"; error="y" → Bearer[realm=q"x"] !0:16 byte 0x3b may not stand here
    Bearer: realm="x" → Bearer[] !0:6 byte 0x3a may not stand here
    {"error":"invalid_token"} → !0:0 byte 0x7b may not stand here
    Bearer realm="a^Gb" → Bearer[realm=q"ab"] !0:15 byte 0x07 may not stand here
    "#);
}

#[test]
fn fields_are_separate() {
    insta::assert_snapshot!(words(&[b"Negotiate", br#"Bearer realm="x""#, b"error=y"]), @r#"Negotiate[] Bearer[realm=q"x"] !2:0 parameter error belongs to no scheme"#);
    assert_eq!(parse(&[]), Challenges::default());
    assert_eq!(parse(&[b""]), Challenges::default());
}

#[test]
fn found_in_any_case() {
    let found = parse(&[br#"Basic realm="b", bEARER Error="x""#]);
    assert_eq!(found.of("Bearer").and_then(|c| c.param("error")), Some("x"));
}

#[test]
fn rfc_6750_characters() {
    let bad = |value: &str| {
        parse(&[value.as_bytes()])
            .of("Bearer")
            .map(bearer_characters)
            .unwrap_or_default()
    };
    assert_eq!(
        bad(r#"Bearer error="invalid_token", error_description="It's over.", scope="a:b c/d""#),
        []
    );
    assert_eq!(
        bad(r#"Bearer error_description="say \"x\"""#),
        [("error_description".to_owned(), '"')]
    );
    assert_eq!(
        bad(r#"Bearer error_description="é""#),
        [("error_description".to_owned(), 'é')]
    );
    assert_eq!(bad(r#"Bearer scope="a  b""#), [("scope".to_owned(), ' ')]);
    assert_eq!(
        bad(r#"Bearer error_uri="http://a b""#),
        [("error_uri".to_owned(), ' ')]
    );
    assert_eq!(bad(r#"Bearer realm="é""#), []);
}

proptest! {
    #[test]
    fn total(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        parse(&[&bytes]);
    }

    #[test]
    fn total_on_near_misses(picks in prop::collection::vec(prop::sample::select(b"Ba, =\"'\\;\xe2\x80\x9c\xe2\x80\x9d\t".to_vec()), 0..60)) {
        parse(&[&picks]);
    }

    #[test]
    fn what_is_written_is_read(
        params in prop::collection::btree_map("[a-z_]{1,8}", "[ -~]{0,20}", 1..5),
        schemes in prop::collection::vec("[A-Z][a-z]{1,6}", 1..4),
    ) {
        let quote = |v: &str| v.replace('\\', "\\\\").replace('"', "\\\"");
        let one: Vec<String> = params.iter().map(|(n, v)| format!("{n}=\"{}\"", quote(v))).collect();
        let all: Vec<String> = schemes.iter().map(|s| format!("{s} {}", one.join(", "))).collect();
        let found = parse(&[all.join(", ").as_bytes()]);
        prop_assert_eq!(&found.problems, &[]);
        prop_assert_eq!(found.challenges.len(), schemes.len());
        for (challenge, scheme) in found.challenges.iter().zip(&schemes) {
            prop_assert_eq!(&challenge.scheme, scheme);
            let read: std::collections::BTreeMap<_, _> =
                challenge.params.iter().map(|p| (p.name.clone(), p.value.clone())).collect();
            prop_assert_eq!(&read, &params);
        }
    }
}
