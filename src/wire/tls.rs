//! TLS as all transports use it: the system's roots and the project's own, client certificates, and words for
//! what can go wrong.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use url::Url;

use super::{WireConfig, WireError, WireSetupError, failure};

/// The TLS configuration of a run.
#[derive(Debug)]
pub(super) struct Tls {
    config: ClientConfig,
    /// Whether some server asked for a client certificate.
    asked: Arc<AtomicBool>,
}

impl Tls {
    pub(super) fn new(config: &WireConfig) -> Result<Self, WireSetupError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let own = config
            .ca_file
            .as_deref()
            .map(authorities)
            .transpose()?
            .unwrap_or_default();
        let trust = Trust {
            own,
            insecure: config.insecure,
            provider: Arc::clone(&provider),
            checker: OnceLock::new(),
        };
        let client = |why: rustls::Error| WireSetupError::Client { why: why.to_string() };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(client)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(trust));
        let Some(path) = config.client_cert.as_deref() else {
            return Ok(Self::watching(builder.with_no_client_auth()));
        };
        let (chain, key) = identity(path)?;
        let refused = |e: rustls::Error| WireSetupError::Certificate {
            path: path.to_owned(),
            why: e.to_string(),
        };
        builder
            .with_client_auth_cert(chain, key)
            .map(Self::watching)
            .map_err(refused)
    }

    fn watching(mut config: ClientConfig) -> Self {
        let asked = Arc::default();
        config.client_auth_cert_resolver = Arc::new(Watched {
            inner: Arc::clone(&config.client_auth_cert_resolver),
            asked: Arc::clone(&asked),
        });
        Self { config, asked }
    }

    /// In TLS 1.3 a server judges the client's certificate after the handshake (RFC 8446 §4.4.2), and its close may
    /// overtake the alert that says so. A connection that ends without an answer is explained by what was asked.
    pub(super) fn explain(&self, url: &Url, error: WireError) -> WireError {
        let silent = matches!(error, WireError::Closed { .. } | WireError::Other { .. });
        if !silent || url.scheme() != "https" || !self.asked.load(Ordering::Relaxed) {
            return error;
        }
        let given = if self.config.client_auth_cert_resolver.has_certs() {
            "the one given was not taken"
        } else {
            "none was given"
        };
        WireError::Tls {
            to: failure::authority(url),
            why: format!("it asked for a client certificate, {given}, and it closed the connection"),
        }
    }

    /// Offering these protocols by ALPN (RFC 7301).
    pub(super) fn offering(&self, protocols: &[&[u8]]) -> ClientConfig {
        let mut config = self.config.clone();
        config.alpn_protocols = protocols.iter().map(|p| p.to_vec()).collect();
        config
    }
}

fn read(path: &Path) -> Result<Vec<u8>, WireSetupError> {
    std::fs::read(path).map_err(|e| WireSetupError::Unreadable {
        path: path.to_owned(),
        why: e.to_string(),
    })
}

fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, WireSetupError> {
    let no = |why| WireSetupError::Pem {
        path: path.to_owned(),
        wanted: "certificate",
        why,
    };
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|e| no(format!(": {e}")))?;
    if found.is_empty() {
        Err(no(String::new()))
    } else {
        Ok(found)
    }
}

fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, WireSetupError> {
    let found = certificates(path, &read(path)?)?;
    let mut trial = RootCertStore::empty();
    for certificate in &found {
        trial
            .add(certificate.clone())
            .map_err(|e| WireSetupError::Certificate {
                path: path.to_owned(),
                why: e.to_string(),
            })?;
    }
    Ok(found)
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn identity(path: &Path) -> Result<Identity, WireSetupError> {
    let pem = read(path)?;
    let chain = certificates(path, &pem)?;
    let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|e| {
        // "No items" is what an absent key looks like; its words would only repeat ours.
        let absent = matches!(e, rustls::pki_types::pem::Error::NoItemsFound);
        let why = if absent { String::new() } else { format!(": {e}") };
        WireSetupError::Pem {
            path: path.to_owned(),
            wanted: "private key",
            why,
        }
    })?;
    Ok((chain, key))
}

/// Notes that a certificate was asked for, and answers as before.
#[derive(Debug)]
struct Watched {
    inner: Arc<dyn ResolvesClientCert>,
    asked: Arc<AtomicBool>,
}

impl ResolvesClientCert for Watched {
    fn resolve(&self, issuers: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        self.inner.resolve(issuers, schemes)
    }

    fn has_certs(&self) -> bool {
        self.inner.has_certs()
    }
}

/// Whom to trust. The system's roots are read at the first handshake: a run over plain HTTP never needs them.
#[derive(Debug)]
struct Trust {
    own: Vec<CertificateDer<'static>>,
    insecure: bool,
    provider: Arc<CryptoProvider>,
    checker: OnceLock<Result<Arc<WebPkiServerVerifier>, String>>,
}

impl Trust {
    fn checker(&self) -> Result<&WebPkiServerVerifier, rustls::Error> {
        let made = self.checker.get_or_init(|| {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots.add_parsable_certificates(self.own.iter().cloned());
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&self.provider))
                .build()
                .map_err(|_| {
                    "this machine has no trusted root certificates and no CA file is given".to_owned()
                })
        });
        made.as_deref().map_err(|why| rustls::Error::General(why.clone()))
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.insecure {
            return Ok(ServerCertVerified::assertion());
        }
        self.checker()?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// ALPN found nothing that both sides speak.
pub(super) const NO_COMMON_VERSION: &str = "no common version of HTTP (ALPN)";

/// A TLS failure in words.
pub(super) fn words(error: &rustls::Error) -> String {
    use rustls::Error as E;
    match error {
        E::InvalidCertificate(problem) => certificate_words(problem),
        E::InvalidMessage(_) => {
            "the peer does not speak TLS on this port; without TLS the URL begins with http://".to_owned()
        }
        E::NoApplicationProtocol => alert_words(AlertDescription::NoApplicationProtocol),
        E::AlertReceived(alert) => alert_words(*alert),
        E::PeerIncompatible(why) => format!("no common TLS version or cipher ({why:?})"),
        E::General(why) => why.clone(),
        other => other.to_string(),
    }
}

fn alert_words(alert: AlertDescription) -> String {
    use AlertDescription as A;
    match alert {
        A::CertificateRequired => "the peer requires a client certificate".to_owned(),
        // Some peers say so to a client that has shown none, too.
        A::BadCertificate
        | A::UnsupportedCertificate
        | A::CertificateRevoked
        | A::CertificateExpired
        | A::CertificateUnknown
        | A::UnknownCA => format!("the peer requires a client certificate that it trusts ({alert:?})"),
        A::NoApplicationProtocol => NO_COMMON_VERSION.to_owned(),
        other => format!("the peer refused the handshake ({other:?})"),
    }
}

fn certificate_words(problem: &CertificateError) -> String {
    use CertificateError as C;
    match problem {
        C::Expired | C::ExpiredContext { .. } => "the certificate has expired".to_owned(),
        C::NotValidYet | C::NotValidYetContext { .. } => "the certificate is not valid yet".to_owned(),
        C::UnknownIssuer => "the certificate's issuer is unknown; a CA file can name it".to_owned(),
        C::NotValidForName => "the certificate is for another name".to_owned(),
        C::NotValidForNameContext { expected, presented } => {
            let names: Vec<&str> = presented.iter().map(|name| bare_name(name)).collect();
            format!(
                "the certificate is not for {} but for {}",
                expected.to_str(),
                names.join(", ")
            )
        }
        C::Revoked => "the certificate is revoked".to_owned(),
        C::BadEncoding => "the certificate cannot be parsed".to_owned(),
        C::BadSignature => "the certificate's signature is wrong".to_owned(),
        C::InvalidPurpose | C::InvalidPurposeContext { .. } => {
            "the certificate is not meant for servers".to_owned()
        }
        other => format!("the certificate is refused: {other}"),
    }
}

/// The library writes `DnsName("a.example")`.
fn bare_name(presented: &str) -> &str {
    presented.split('"').nth(1).unwrap_or(presented)
}
