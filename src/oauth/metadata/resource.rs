//! The document of a protected resource.

use serde_json::{Map, Value};

use super::document::{MetadataError, object, required, texts};

/// RFC 9728 §2.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceMetadata {
    /// The resource identifier, as written: it is compared as text, and asked for with `resource` (RFC 8707).
    pub resource: String,
    /// Issuers of authorization servers, as written.
    pub authorization_servers: Vec<String>,
    /// Scopes that requests to it may need.
    pub scopes_supported: Option<Vec<String>>,
    /// How a token is presented.
    pub bearer_methods_supported: Option<Vec<String>>,
    /// Everything, as it was sent.
    pub all: Map<String, Value>,
}

impl ResourceMetadata {
    /// Reads a document; whose it is, [`of_resource`](Self::of_resource) says.
    pub fn read(body: &[u8]) -> Result<Self, MetadataError> {
        let all = object(body)?;
        Ok(Self {
            resource: required(&all, "resource")?,
            authorization_servers: texts(&all, "authorization_servers")?.unwrap_or_default(),
            scopes_supported: texts(&all, "scopes_supported")?,
            bearer_methods_supported: texts(&all, "bearer_methods_supported")?,
            all,
        })
    }

    /// The same, where it is of the resource that was asked (RFC 9728 §3.3).
    pub fn of_resource(self, asked: &str) -> Result<Self, MetadataError> {
        if self.resource == asked {
            return Ok(self);
        }
        Err(MetadataError::WrongResource {
            found: self.resource,
            asked: asked.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_of_its_resource() {
        let text = r#"{"resource":"https://a.example/mcp","authorization_servers":["https://b.example"]}"#;
        let document = ResourceMetadata::read(text.as_bytes()).expect("a document");
        assert_eq!(document.authorization_servers, ["https://b.example"]);
        assert!(document.clone().of_resource("https://a.example/mcp").is_ok());
        assert!(document.of_resource("https://a.example/mcp/").is_err());
        assert_eq!(
            ResourceMetadata::read(b"{}"),
            Err(MetadataError::Missing("resource"))
        );
    }
}
