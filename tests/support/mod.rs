//! What integration tests share.

#![allow(dead_code, reason = "each test binary uses a part of this")]

pub(crate) mod bent;
pub(crate) mod hostile;
pub(crate) mod old_transport;
pub(crate) mod polite;
pub(crate) mod program;
pub(crate) mod receiver;
pub(crate) mod sockets;
pub(crate) mod tls;
pub(crate) mod tricks;
