//! What a login needs of an authorization server.

use url::Url;

use super::LoginError;
use super::address::Bounds;
use crate::oauth::dpop::Prover;
use crate::oauth::metadata::ServerMetadata;

/// An authorization server, as far as a login needs it.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) issuer: String,
    /// Where consent is asked for; else what the server lacks for that.
    authorization: Result<Url, &'static str>,
    pub(super) token_endpoint: Url,
    pub(super) registration_endpoint: Option<Url>,
    pub(super) revocation_endpoint: Option<Url>,
    pub(super) auth_methods: Option<Vec<String>>,
    /// Grant types, where it lists them.
    pub(super) grants: Option<Vec<String>>,
    pub(super) scopes: Option<Vec<String>>,
    /// Algorithms of proofs (RFC 9449 §5.1), where it lists them.
    proofs: Option<Vec<String>>,
    /// RFC 9207 §3: answers carry `iss`.
    pub(super) says_iss: bool,
    /// A URL may be a client id.
    pub(super) takes_documents: bool,
}

impl Server {
    /// What a login needs of the document, at addresses it may go to.
    pub(super) fn of(document: ServerMetadata, bounds: &Bounds) -> Result<Self, LoginError> {
        let lacks = |lacks| LoginError::Lacks {
            issuer: document.issuer.clone(),
            lacks,
        };
        let authorization = if document.has_s256() {
            let endpoint = document.authorization_endpoint.clone();
            endpoint.ok_or("has no `authorization_endpoint`")
        } else {
            Err(
                "does not list S256 in `code_challenge_methods_supported`: without PKCE nothing keeps a stolen code from being redeemed, so the login ends here",
            )
        };
        let token_endpoint = document.token_endpoint.clone();
        let server = Self {
            authorization,
            token_endpoint: token_endpoint.ok_or_else(|| lacks("has no `token_endpoint`"))?,
            registration_endpoint: document.registration_endpoint.clone(),
            revocation_endpoint: document.revocation_endpoint.clone(),
            auth_methods: document.token_endpoint_auth_methods_supported.clone(),
            grants: document.grant_types_supported.clone(),
            scopes: document.scopes_supported.clone(),
            proofs: document.dpop_signing_alg_values_supported.clone(),
            says_iss: document.authorization_response_iss_parameter_supported,
            takes_documents: document.client_id_metadata_document_supported,
            issuer: document.issuer,
        };
        if let Ok(url) = &server.authorization {
            bounds.check("`authorization_endpoint`", url)?;
        }
        bounds.check("`token_endpoint`", &server.token_endpoint)?;
        for (what, url) in [
            ("`registration_endpoint`", &server.registration_endpoint),
            ("`revocation_endpoint`", &server.revocation_endpoint),
        ] {
            url.as_ref().map_or(Ok(()), |url| bounds.check(what, url))?;
        }
        Ok(server)
    }

    /// The paths of MCP 2025-03-26, "Fallbacks for Servers without Metadata Discovery".
    pub(super) fn by_default(origin: &Url) -> Result<Self, LoginError> {
        let at = |path| {
            origin.join(path).map_err(|_| LoginError::NotAUrl {
                what: "an endpoint",
                text: origin.to_string(),
            })
        };
        Ok(Self {
            issuer: origin.as_str().trim_end_matches('/').to_owned(),
            authorization: Ok(at("/authorize")?),
            token_endpoint: at("/token")?,
            registration_endpoint: Some(at("/register")?),
            revocation_endpoint: None,
            auth_methods: None,
            grants: None,
            scopes: None,
            proofs: None,
            says_iss: false,
            takes_documents: false,
        })
    }

    /// Where a person consents, with PKCE.
    pub(super) fn authorization(&self) -> Result<&Url, LoginError> {
        self.authorization.as_ref().map_err(|lacks| LoginError::Lacks {
            issuer: self.issuer.clone(),
            lacks,
        })
    }

    /// Refused where it names what proofs it takes, and not those of this key.
    pub(super) fn takes(&self, prover: &Prover) -> Result<(), LoginError> {
        match &self.proofs {
            Some(listed) if !listed.iter().any(|alg| alg == prover.alg()) => Err(LoginError::Lacks {
                issuer: self.issuer.clone(),
                lacks: "does not list the algorithm of this key in `dpop_signing_alg_values_supported`",
            }),
            _ => Ok(()),
        }
    }
}
