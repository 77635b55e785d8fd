//! What a limited answer says, in the dialects of rate headers that are in use.

use std::cell::RefCell;

use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use super::bucket::Standing;
use crate::behaviour::Behaviour;
use crate::defect::rate as defect;
use crate::resource::mcp::rpc;
use crate::serve::answer::{self, Answer};
use crate::serve::exchange::Exchange;
use crate::state::View;
use crate::variant;

/// Name of the policy in `RateLimit` and `RateLimit-Policy`.
const POLICY: &str = "default";

/// Which header fields are sent.
struct Dialects {
    retry_after: bool,
    vendor: bool,
    legacy: bool,
    fields: bool,
}

fn spoken(view: &View, refused: bool) -> Dialects {
    let (defects, variants) = (&view.defects, &view.variants);
    let silent =
        (refused && defects.has(defect::BARE)) || (!refused && variants.has(variant::RATE_REFUSALS_ONLY));
    let all = !silent && !variants.has(variant::RATE_VENDOR_ONLY) && view.behaviour != Behaviour::Fastio;
    Dialects {
        retry_after: all && refused,
        vendor: !silent,
        legacy: all,
        fields: all,
    }
}

/// Adds the rate headers of an answer.
pub(crate) fn mark(standing: &Standing, exchange: &Exchange<'_>, mut answer: Answer) -> Answer {
    let view = &exchange.view;
    let now = exchange.world.clock.millis();
    let shown = Shown::of(standing, exchange, now);
    let dialects = spoken(view, standing.limited);
    if dialects.vendor {
        answer = answer::with(answer, "x-ve-limit-avail", &shown.avail.to_string());
        answer = answer::with(answer, "x-ve-limit-max", &standing.max.to_string());
        answer = answer::with(answer, "x-ve-limit-expires", &shown.resets_at.to_string());
    }
    if dialects.legacy {
        answer = legacy(standing, &shown, view, answer);
    }
    if dialects.fields {
        answer = fields(standing, &shown, view, answer);
    }
    if dialects.retry_after {
        answer = answer::with(answer, "retry-after", &retry_after(&shown, view));
    }
    answer
}

/// What an answer claims; the truth unless a defect is on.
struct Shown {
    avail: u32,
    /// Unix seconds.
    resets_at: i64,
    /// Seconds from now.
    pause: i64,
    /// Seconds that other headers than `Retry-After` claim beyond the pause.
    beyond: i64,
}

impl Shown {
    fn of(standing: &Standing, exchange: &Exchange<'_>, now: i64) -> Self {
        let defects = &exchange.view.defects;
        let left = (standing.resets_at - now).max(1);
        let pause = (left + 999) / 1000;
        let pause = if defects.has(defect::RESET_LIES) {
            (pause / 2).max(1)
        } else {
            pause
        };
        let avail = match standing.avail {
            _ if defects.has(defect::REMAINING_STUCK) && !standing.limited => standing.max,
            avail if defects.has(defect::SHARED_REMAINING) => {
                avail.min(standing.max.saturating_sub(exchange.world.buckets().total()))
            }
            avail => avail,
        };
        let beyond = if defects.has(defect::HEADERS_DISAGREE) {
            30
        } else {
            0
        };
        Self {
            avail,
            resets_at: (now + 999) / 1000 + pause,
            pause,
            beyond,
        }
    }
}

/// `X-RateLimit-*`: no standard; the reset is a moment here and a number of seconds there.
fn legacy(standing: &Standing, shown: &Shown, view: &View, answer: Answer) -> Answer {
    let moment = shown.resets_at + shown.beyond;
    let reset = match () {
        () if view.defects.has(defect::RESET_EPOCH_MS) => moment * 1000,
        () if view.variants.has(variant::RATE_RESET_DELTA) => shown.pause + shown.beyond,
        () => moment,
    };
    let answer = answer::with(answer, "x-ratelimit-limit", &standing.max.to_string());
    let answer = answer::with(answer, "x-ratelimit-remaining", &shown.avail.to_string());
    answer::with(answer, "x-ratelimit-reset", &reset.to_string())
}

/// `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers §3, §4), and what draft 07 made of them.
fn fields(standing: &Standing, shown: &Shown, view: &View, answer: Answer) -> Answer {
    let (max, window) = (standing.max, standing.window);
    let (avail, until) = (shown.avail, shown.pause + shown.beyond);
    if view.variants.has(variant::RATE_DRAFT_07) {
        let answer = answer::with(answer, "ratelimit-policy", &format!("{max};w={window}"));
        let value = format!("limit={max}, remaining={avail}, reset={until}");
        return answer::with(answer, "ratelimit", &value);
    }
    let window = if view.defects.has(defect::POLICY_W_ZERO) {
        0
    } else {
        window
    };
    let more = if view.variants.has(variant::RATE_VENDOR_PARAMETERS) {
        ";pk=:a2V5:;acme-tier=\"gold\", \"daily\";r=9000;t=80000"
    } else {
        ""
    };
    let item = if view.defects.has(defect::SF_UNQUOTED) {
        POLICY.to_owned()
    } else {
        format!("\"{POLICY}\"")
    };
    let answer = answer::with(
        answer,
        "ratelimit-policy",
        &format!("\"{POLICY}\";q={max};w={window}"),
    );
    answer::with(answer, "ratelimit", &format!("{item};r={avail};t={until}{more}"))
}

/// `Retry-After` (RFC 9110 §10.2.3).
fn retry_after(shown: &Shown, view: &View) -> String {
    let (defects, variants) = (&view.defects, &view.variants);
    // A careful server asks for a little more than is needed.
    let pause = if variants.has(variant::RATE_LATE) {
        shown.pause + shown.pause / 5
    } else {
        shown.pause
    };
    let moment = shown.resets_at - shown.pause + pause;
    match () {
        () if defects.has(defect::RETRY_AFTER_MS) => (pause * 1000).to_string(),
        () if defects.has(defect::RETRY_AFTER_ISO) => timestamp(moment, "%Y-%m-%dT%H:%M:%SZ"),
        () if variants.has(variant::RATE_RETRY_AFTER_DATE) => http_date(moment),
        () => pause.to_string(),
    }
}

/// IMF-fixdate (RFC 9110 §5.6.7).
pub(crate) fn http_date(seconds: i64) -> String {
    timestamp(seconds, "%a, %d %b %Y %H:%M:%S GMT")
}

/// The same as a header's value. Many answers go out within a second.
pub(crate) fn date(seconds: i64) -> HeaderValue {
    thread_local! {
        static LAST: RefCell<(i64, HeaderValue)> = const { RefCell::new((i64::MIN, HeaderValue::from_static(""))) };
    }
    LAST.with_borrow_mut(|(second, value)| {
        if *second != seconds {
            // The form has only ASCII in it.
            *value = HeaderValue::try_from(http_date(seconds)).unwrap_or(HeaderValue::from_static(""));
            *second = seconds;
        }
        value.clone()
    })
}

fn timestamp(seconds: i64, form: &str) -> String {
    Timestamp::from_second(seconds)
        .map_or_else(|_| seconds.to_string(), |time| time.strftime(form).to_string())
}

/// 429, before anything was done.
pub(crate) fn refuse(standing: &Standing, exchange: &Exchange<'_>) -> Answer {
    let defects = &exchange.view.defects;
    let text = "Too many requests. Come back when the window has passed.";
    if defects.has(defect::LIMIT_200_RPC_ERROR) {
        let error = rpc::error(&Value::Null, -32_029, "too many requests");
        return answer::json(200, &error);
    }
    let mut answer = answer::failure(429, 1671, text, None);
    if defects.has(defect::EMPTY) {
        *answer.body_mut() = answer::whole("");
    }
    if defects.has(defect::LIMIT_403) {
        *answer.status_mut() = StatusCode::FORBIDDEN;
    }
    if defects.has(defect::CACHED) {
        answer = answer::with(answer, "cache-control", "public, max-age=60");
    }
    mark(standing, exchange, answer)
}
