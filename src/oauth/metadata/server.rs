//! The document of an authorization server.

use serde_json::{Map, Value};
use url::Url;

use super::document::{MetadataError, endpoint, flag, object, required, texts};

/// RFC 8414 §2, OpenID Connect Discovery 1.0 §3. Members that a client uses have a type; all are in `all`.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerMetadata {
    /// The issuer, as written: it is compared as text.
    pub issuer: String,
    /// Where the user is sent.
    pub authorization_endpoint: Option<Url>,
    /// Where codes and refresh tokens are redeemed.
    pub token_endpoint: Option<Url>,
    /// RFC 7591.
    pub registration_endpoint: Option<Url>,
    /// RFC 7009.
    pub revocation_endpoint: Option<Url>,
    /// RFC 7662.
    pub introspection_endpoint: Option<Url>,
    /// Keys.
    pub jwks_uri: Option<Url>,
    /// Scopes a client may ask for.
    pub scopes_supported: Option<Vec<String>>,
    /// Absent: `authorization_code` and `implicit` (RFC 8414 §2).
    pub grant_types_supported: Option<Vec<String>>,
    /// Absent: no PKCE (RFC 8414 §2).
    pub code_challenge_methods_supported: Option<Vec<String>>,
    /// Absent: `client_secret_basic` (RFC 8414 §2).
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// RFC 9449 §5.1.
    pub dpop_signing_alg_values_supported: Option<Vec<String>>,
    /// RFC 9207 §3.
    pub authorization_response_iss_parameter_supported: bool,
    /// A URL may be a client id (draft-ietf-oauth-client-id-metadata-document).
    pub client_id_metadata_document_supported: bool,
    /// Everything, as it was sent.
    pub all: Map<String, Value>,
}

impl ServerMetadata {
    /// Reads a document; whose it is, [`of_issuer`](Self::of_issuer) says.
    pub fn read(body: &[u8]) -> Result<Self, MetadataError> {
        let all = object(body)?;
        Ok(Self {
            issuer: required(&all, "issuer")?,
            authorization_endpoint: endpoint(&all, "authorization_endpoint")?,
            token_endpoint: endpoint(&all, "token_endpoint")?,
            registration_endpoint: endpoint(&all, "registration_endpoint")?,
            revocation_endpoint: endpoint(&all, "revocation_endpoint")?,
            introspection_endpoint: endpoint(&all, "introspection_endpoint")?,
            jwks_uri: endpoint(&all, "jwks_uri")?,
            scopes_supported: texts(&all, "scopes_supported")?,
            grant_types_supported: texts(&all, "grant_types_supported")?,
            code_challenge_methods_supported: texts(&all, "code_challenge_methods_supported")?,
            token_endpoint_auth_methods_supported: texts(&all, "token_endpoint_auth_methods_supported")?,
            dpop_signing_alg_values_supported: texts(&all, "dpop_signing_alg_values_supported")?,
            authorization_response_iss_parameter_supported: flag(
                &all,
                "authorization_response_iss_parameter_supported",
            )?,
            client_id_metadata_document_supported: flag(&all, "client_id_metadata_document_supported")?,
            all,
        })
    }

    /// The same, where it is of the issuer that was asked. Compared character by character (RFC 8414 §3.3).
    pub fn of_issuer(self, asked: &str) -> Result<Self, MetadataError> {
        if self.issuer == asked {
            return Ok(self);
        }
        Err(MetadataError::WrongIssuer {
            found: self.issuer,
            asked: asked.to_owned(),
        })
    }

    /// Whether it says that PKCE with S256 can be used; a client that finds nothing must not go on
    /// (MCP 2025-11-25, "Authorization Code Protection").
    pub fn has_s256(&self) -> bool {
        self.code_challenge_methods_supported
            .as_ref()
            .is_some_and(|methods| methods.iter().any(|method| method == "S256"))
    }

    /// Whether it says that a grant type can be used, defaults included.
    pub fn has_grant(&self, grant: &str) -> bool {
        match &self.grant_types_supported {
            Some(grants) => grants.iter().any(|one| one == grant),
            None => ["authorization_code", "implicit"].contains(&grant),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ServerMetadata, MetadataError> {
        ServerMetadata::read(text.as_bytes())
    }

    #[test]
    fn a_document_is_of_its_issuer() {
        let document = read(r#"{"issuer":"https://a.example","token_endpoint":"https://a.example/token","code_challenge_methods_supported":["S256"]}"#)
            .expect("a document");
        assert!(document.has_s256());
        assert!(document.has_grant("authorization_code"));
        assert!(!document.has_grant("client_credentials"));
        assert!(document.clone().of_issuer("https://a.example").is_ok());
        let problem = document.of_issuer("https://a.example/").expect_err("another");
        insta::assert_snapshot!(problem, @"the document is of issuer `https://a.example`, asked was `https://a.example/`");
    }

    #[test]
    fn mistakes_are_named() {
        let problems = [
            "<html>",
            "[]",
            "{}",
            r#"{"issuer":1}"#,
            r#"{"issuer":"i","token_endpoint":"/token"}"#,
            r#"{"issuer":"i","token_endpoint":"http://a.example/token?secret=1"}"#,
            r#"{"issuer":"i","token_endpoint":"https://u:p@a.example/token"}"#,
            r#"{"issuer":"i","token_endpoint":"https://a.example/token#x"}"#,
            r#"{"issuer":"i","grant_types_supported":"code"}"#,
            r#"{"issuer":"i","client_id_metadata_document_supported":"yes"}"#,
        ];
        let said: Vec<String> = problems
            .iter()
            .map(|text| read(text).expect_err(text).to_string())
            .collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        the document is no JSON: expected value at line 1 column 1
        the document is a list, not a JSON object
        the document has no `issuer`
        `issuer` is not a text
        `token_endpoint` is no absolute URL: relative URL without a base
        `token_endpoint` is http://a.example/token: neither https nor http on loopback
        `token_endpoint` is https://a.example/token: it has a user name or a password in it
        `token_endpoint` is https://a.example/token: it has a fragment
        `grant_types_supported` is not a list of texts
        `client_id_metadata_document_supported` is not true or false
        ");
    }
}
