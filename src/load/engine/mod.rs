//! Makes the calls: `arrivals` when they are due whatever the server does, `users` as virtual agents who wait for
//! their answers. Both call the same transports, record into the same meter, and end in under a second when told to.

mod arrivals;
mod calls;
mod collector;
mod cpu;
#[cfg(test)]
mod fake;
mod identities;
mod mix;
mod pacer;
mod pending;
mod preflight;
mod recorder;
mod run;
mod stop;
mod users;
mod validity;

pub use arrivals::Arrivals;
pub use calls::{About, Calls, Judge};
pub use collector::Live;
pub use identities::Identities;
pub use mix::Mix;
pub use pacer::Pacing;
pub use preflight::{NotReady, preflight, room_for};
pub use recorder::Recorder;
pub use run::{Ended, Settings, StartError, run_arrivals, run_hosted, run_users};
pub use stop::Stop;
pub use users::{Think, User, Users};
pub use validity::{Doubt, doubts};
