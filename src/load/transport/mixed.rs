//! Requests by one transport, and what is no request (a journey, a refresh, a session opened anew) by acts of ours,
//! under one account.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;

use super::{Answered, Expected, Opened, Request, Transport, Trouble, Watch};
use crate::load::meter::Class;

/// Carries out what is no single request.
pub trait Acts: Send + Sync {
    /// The operation at that place of the plan, by that caller: what became of it.
    fn act(&self, operation: usize, caller: usize) -> BoxFuture<'static, (Class, Option<Trouble>)>;
}

/// A transport, and acts beside it.
#[derive(Clone)]
pub struct Mixed<T> {
    inner: T,
    acts: Arc<dyn Acts>,
}

impl<T> std::fmt::Debug for Mixed<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mixed").finish_non_exhaustive()
    }
}

impl<T> Mixed<T> {
    /// Requests by `inner`.
    pub fn new(inner: T, acts: Arc<dyn Acts>) -> Self {
        Self { inner, acts }
    }
}

impl<T: Transport> Transport for Mixed<T> {
    type Connection = T::Connection;

    async fn open(&self, deadline: Instant) -> Result<Opened<T::Connection>, Trouble> {
        self.inner.open(deadline).await
    }

    async fn call(
        &self,
        connection: &mut T::Connection,
        request: &Request<'_>,
        watch: &dyn Watch,
    ) -> Answered {
        let Expected::Act { operation, caller } = request.template.expected() else {
            return self.inner.call(connection, request, watch).await;
        };
        let (class, trouble) = self.acts.act(operation, caller).await;
        Answered {
            class,
            status: 0,
            sent: request.begin,
            first_event: None,
            ended: Instant::now(),
            bytes: 0,
            reusable: true,
            trouble,
        }
    }

    async fn spoiled(&self, connection: &mut T::Connection) {
        self.inner.spoiled(connection).await;
    }
}
