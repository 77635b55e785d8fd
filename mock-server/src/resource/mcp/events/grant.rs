//! How long a subscription is granted for.

use serde_json::{Map, Value};

use super::error::Trouble;
use crate::defect::{DefectSet, evs};

/// Seconds where nothing is asked for, and at the least and the most.
const USUAL: i64 = 3_600;
const SHORTEST: i64 = 60;
const LONGEST: i64 = 86_400;

/// The seconds that are granted for `ttlMs`; `None`: without end, which only who asks for it gets.
pub(super) fn granted(params: &Map<String, Value>, defects: &DefectSet) -> Result<Option<i64>, Trouble> {
    let asked = match params.get("ttlMs") {
        None if defects.has(evs::NULL_UNASKED) => return Ok(None),
        None => USUAL,
        Some(Value::Null) => return Ok(None),
        Some(Value::Number(ms)) => ms.as_f64().map_or(LONGEST, seconds),
        Some(_) => return Err(Trouble::Params("ttlMs is neither a number nor null")),
    };
    if defects.has(evs::GRANT_LONGER) {
        return Ok(Some(LONGEST));
    }
    Ok(Some(asked.clamp(SHORTEST, LONGEST)))
}

/// Whole seconds of a number of milliseconds, however large.
fn seconds(ms: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to a day before")]
    let whole = (ms / 1_000.0).clamp(0.0, 86_400.0) as i64;
    whole
}
