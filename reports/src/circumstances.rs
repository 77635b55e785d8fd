//! What must be the same for two records to say something about each other.

use crate::record::{Load, Record};

/// The circumstances of a run by name. Not the address: jobs of one pipeline may each start a server on a port of its
/// own, and the target's name says which server is meant.
pub(crate) fn circumstances(record: &Record) -> Vec<(&'static str, String)> {
    let baseline = record.baseline.as_ref();
    vec![
        ("version", record.tool.version.clone()),
        ("kind", record.run.kind.as_str().to_owned()),
        ("target", record.target.name.to_string()),
        ("revision", record.run.revision.clone()),
        ("revisions", record.run.revisions.join(", ")),
        (
            "rules profile",
            record.run.rules_profile.clone().unwrap_or_default(),
        ),
        ("strictness", record.run.strict.to_string()),
        ("behaviour", record.target.behaviour.clone().unwrap_or_default()),
        ("defects", record.target.defects.join(" ")),
        ("variants", record.target.variants.join(" ")),
        (
            "baseline",
            baseline.map_or_else(String::new, |baseline| {
                format!("{}, {} entries", baseline.file, baseline.entries)
            }),
        ),
        ("load", record.load.as_ref().map_or_else(String::new, load)),
        ("shard", record.run.shard.clone().unwrap_or_default()),
        (
            "pipeline",
            record
                .run
                .ci
                .as_ref()
                .map_or_else(String::new, |ci| format!("{} {}", ci.provider, ci.build)),
        ),
    ]
}

/// What was called how often, and by what.
fn load(load: &Load) -> String {
    format!(
        "{}, {}, {} s with {} s of warm-up, {} identities, {}",
        load.profile,
        load.model.as_str(),
        load.length_ms / 1_000,
        load.warm_up_ms / 1_000,
        load.identities,
        load.transport
    )
}

/// Those of two records that differ: name, the first one's, the other's.
pub(crate) fn differing(one: &Record, other: &Record) -> Vec<(&'static str, String, String)> {
    circumstances(one)
        .into_iter()
        .zip(circumstances(other))
        .filter(|((_, ours), (_, theirs))| ours != theirs)
        .map(|((what, ours), (_, theirs))| (what, ours, theirs))
        .collect()
}
