//! A call in hand. However its task ends, it is accounted for.

use std::sync::Arc;
use std::time::Instant;

use super::{About, Recorder};
use crate::load::meter::{Call, Class};
use crate::load::transport::{Answered, Trouble};

/// Dropped without an answer, it is recorded as unfinished where the run was stopped, else as given up.
pub(super) struct Pending {
    recorder: Arc<Recorder>,
    pub(super) about: About,
    pub(super) due: Instant,
    pub(super) handed: Instant,
    /// When the transport took it.
    pub(super) begun: Option<Instant>,
    settled: bool,
}

impl Pending {
    pub(super) fn new(recorder: &Arc<Recorder>, about: About, due: Instant, handed: Instant) -> Self {
        Self {
            recorder: Arc::clone(recorder),
            about,
            due,
            handed,
            begun: None,
            settled: false,
        }
    }

    fn call(&self, class: Class, ended: Instant) -> Call {
        Call {
            operation: self.about.operation,
            class,
            due: self.due,
            handed: self.handed,
            sent: self.begun,
            first_event: None,
            ended,
            bytes: 0,
        }
    }

    /// It was answered, well or not.
    pub(super) fn answered(mut self, answered: &Answered) {
        self.settled = true;
        let call = Call {
            sent: Some(answered.sent),
            first_event: answered.first_event,
            bytes: answered.bytes,
            ..self.call(answered.class, answered.ended)
        };
        self.recorder.record(&call, answered.trouble.as_ref());
    }

    /// It could not be sent.
    pub(super) fn unsent(mut self, trouble: &Trouble) {
        self.settled = true;
        self.recorder
            .record(&self.call(trouble.class, Instant::now()), Some(trouble));
    }

    /// The plan allows to drop it.
    pub(super) fn dropped(mut self) {
        self.settled = true;
        self.recorder
            .record(&self.call(Class::Dropped, Instant::now()), None);
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        let class = self.recorder.cut();
        self.recorder.record(&self.call(class, Instant::now()), None);
    }
}
