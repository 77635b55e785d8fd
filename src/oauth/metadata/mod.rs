//! Metadata documents: where they are, and what they hold.
//!
//! RFC 8414 (authorization servers), OpenID Connect Discovery 1.0, RFC 9728 (protected resources).

mod address;
mod document;
mod resource;
mod server;

pub use address::{
    openid_appended, openid_inserted, resource, resource_in_order, resource_root, server, server_in_order,
};
pub use document::{MetadataError, is_loopback, is_private, may_carry_secrets};
pub use resource::ResourceMetadata;
pub use server::ServerMetadata;
