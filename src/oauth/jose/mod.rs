//! JSON Web Tokens as texts: taken apart, changed, signed again (RFC 7515, RFC 7519).
//!
//! Nothing here verifies a signature: a scenario asks a server whether it does.

mod compact;
mod key;
mod public;

pub use compact::{Compact, encode};
pub use key::{Key, KeyError};
pub use public::{PublicKey, PublicKeyError};
