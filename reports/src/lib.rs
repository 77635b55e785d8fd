//! The run record of Hallmark and everything drawn from it.
//!
//! Uses nothing but serde, an XML writer, HTML templates, the codec of histograms and a hash. No async, no network, no clock, no printing, no file:
//! every function takes values and returns text. A report computes no verdict, it shows the recorded ones; it
//! adds no text that did not pass the scrubber, because a record holds none ([`record::Clean`]).

pub mod compare;
pub mod matrix;
pub mod merge;
pub mod record;

mod across;
mod cause;
mod circumstances;
mod evidence;
mod github;
mod headline;
mod hlog;
mod html;
mod junit;
mod load;
mod markdown;
mod ndjson;
mod prometheus;
mod remark;
mod render;
mod sarif;
mod standing;
mod text;

#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod testing;

pub use across::{Across, across_revisions};
pub use load::compare::{FigureChange, LoadComparison};
pub use load::text::load_text;
pub use remark::{Remark, remarks};
pub use render::{Format, Options, RenderError, UnknownFormat, beside, render, render_beside};
