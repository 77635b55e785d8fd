//! What a mix can hold besides single requests: refreshes of tokens and sessions opened anew.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::runtime::Handle;

use super::meter::Class;
use super::renew::Renewer;
use super::transport::{self, Trouble};
use crate::scenario::model::{LoadPlan, MixAct};

/// Carries them out on the runtime that outlives the cores.
pub(super) struct Acts {
    pub(super) plan: Arc<LoadPlan>,
    pub(super) renewer: Arc<Renewer>,
    pub(super) home: Handle,
}

impl transport::Acts for Acts {
    fn act(&self, operation: usize, caller: usize) -> BoxFuture<'static, (Class, Option<Trouble>)> {
        let renewer = Arc::clone(&self.renewer);
        let session = matches!(self.plan.mix.get(operation).map(|entry| &entry.act), Some(MixAct::Reopen));
        let doing = self.home.spawn(async move {
            if session {
                renewer.session(caller).await
            } else {
                renewer.token_now(caller).await
            }
        });
        Box::pin(async move {
            let ended = Trouble::new(Class::Unfinished, "the run was ended");
            doing.await.unwrap_or((Class::Unfinished, Some(ended)))
        })
    }
}
