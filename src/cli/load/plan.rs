//! The plan: a file, a shipped one, or what the options say, which is written as a file first, so that one reader and
//! one set of rules is enough.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::cli::args::LoadArgs;
use crate::cli::{Exit, library, term};
use crate::rules::Catalogue;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::lint::load::check_load;
use crate::scenario::model::{
    ArrivalPhase, Callers, LoadModel, LoadPlan, McpCall, McpStep, MixAct, SourceFile, Spanned, Template,
};
use crate::scenario::{decode, time};
use crate::target::Target;

/// Reads and checks it; what is wrong goes to `diagnostics`.
pub(super) fn plan(
    args: &LoadArgs,
    rules: &Catalogue,
    target: Option<&Target>,
    diagnostics: &mut Diagnostics,
) -> Result<Option<Arc<LoadPlan>>, Exit> {
    let (file, id) = match &args.plan {
        Some(name) => named(name)?,
        None => (Arc::new(written(args)?), "command-line".to_owned()),
    };
    let file = with_thresholds(&file, args);
    let Some(mut plan) = decode::load_plan(&file, &id, diagnostics) else {
        return Ok(None);
    };
    let shipped = args.plan.as_deref().is_some_and(|name| !Path::new(name).exists());
    library::link_journeys(&mut plan, shipped, diagnostics);
    overrule(&mut plan, args)?;
    let mut known = library::known(rules, target);
    if target.is_none() {
        // The mock's own file is read when it runs.
        known.principals = None;
        known.probes = None;
    }
    diagnostics.extend(check_load(&plan, &known));
    Ok(Some(Arc::new(plan)))
}

fn named(name: &str) -> Result<(Arc<SourceFile>, String), Exit> {
    let path = Path::new(name);
    if path.exists() {
        let file = library::file(path).map_err(|problem| {
            term::complain(&problem.to_string());
            Exit::Invalid
        })?;
        return Ok((file, id_of(path)));
    }
    let id = name.trim_start_matches("load/").trim_end_matches(".yaml");
    let shipped = library::shipped_file(&format!("load/{id}.yaml"));
    shipped.map(|file| (file, format!("load/{id}"))).ok_or_else(|| {
        let known = library::shipped_loads();
        term::complain_with_help(
            &format!("there is no load plan `{name}`"),
            &format!("a file, or one of the shipped ones: {}", known.join(", ")),
        );
        Exit::Usage
    })
}

/// What the options say of a plan beats the plan.
fn overrule(plan: &mut LoadPlan, args: &LoadArgs) -> Result<(), Exit> {
    if args.plan.is_none() {
        return Ok(());
    }
    if let Some(many) = args.identities {
        plan.callers = Callers::Identities(Spanned {
            value: many,
            at: plan.title.at.clone(),
        });
    }
    let Some(model) = &mut plan.model else {
        return Ok(());
    };
    match model {
        LoadModel::Users(users) => {
            users.count = args.users.unwrap_or(users.count);
            users.length = args.lasting.unwrap_or(users.length);
        }
        LoadModel::Arrivals { phases, .. } if args.rate.is_some() || args.lasting.is_some() => {
            let peak = phases.iter().map(|phase| phase.rate).fold(0.0, f64::max);
            let rate = args.rate.as_deref().map_or(Ok(peak), rate)?;
            let length = phases.iter().map(|phase| phase.length).sum();
            *phases = vec![ArrivalPhase {
                ramps: false,
                rate,
                length: args.lasting.unwrap_or(length),
            }];
        }
        LoadModel::Arrivals { .. } => {}
    }
    let length = plan.length();
    plan.during.retain(|event| event.at.value < length);
    Ok(())
}

fn rate(text: &str) -> Result<f64, Exit> {
    time::rate(text).ok_or_else(|| {
        term::complain_with_help("--rate is no rate", "calls per time: 500/s, 60/min");
        Exit::Usage
    })
}

/// Its path without extension.
pub(in crate::cli) fn id_of(path: &Path) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    path.with_extension("").display().to_string()
}

/// What the options say, as a plan.
fn written(args: &LoadArgs) -> Result<SourceFile, Exit> {
    let mut text = "load: From the command line\n".to_owned();
    let _ = writeln!(text, "mix: [{{ mcp: {{ {} }} }}]", called(args)?);
    if let Some(many) = args.identities {
        let _ = writeln!(text, "as: {{ identities: {many} }}");
    }
    let lasting = args.lasting.map_or_else(|| "10s".to_owned(), time::written);
    match (&args.rate, args.users) {
        (rate, None) => {
            let rate = rate.as_deref().unwrap_or("50/s");
            self::rate(rate)?;
            let _ = writeln!(text, "arrivals: {{ at: {rate}, for: {lasting} }}");
        }
        (_, Some(users)) => {
            let think = args
                .think
                .as_ref()
                .map(|think| format!(", think: {think}"))
                .unwrap_or_default();
            let ramp = args
                .ramp
                .map(|ramp| format!(", ramp: {}", time::written(ramp)))
                .unwrap_or_default();
            let _ = writeln!(text, "users: {{ count: {users}, for: {lasting}{think}{ramp} }}");
        }
    }
    if let Some(warm) = args.warm_up {
        let _ = writeln!(text, "warm-up: {}", time::written(warm));
    }
    if let Some(most) = args.max_in_flight {
        let _ = writeln!(text, "max-in-flight: {most}");
    }
    Ok(SourceFile {
        path: "<command line>".to_owned(),
        text,
    })
}

/// Probe or tool. JSON is YAML, so arguments stand as they were typed.
fn called(args: &LoadArgs) -> Result<String, Exit> {
    let Some(tool) = &args.tool else {
        return Ok(format!("probe: {}", args.probe.as_deref().unwrap_or("read")));
    };
    let tool = serde_json::Value::from(tool.as_str());
    let Some(arguments) = &args.arguments else {
        return Ok(format!("tool: {tool}"));
    };
    let read: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_str(arguments);
    let arguments = read.map_err(|error| {
        term::complain_with_help(
            &format!("--arguments is no JSON object: {error}"),
            "'{\"message\": \"x\"}'",
        );
        Exit::Usage
    })?;
    let arguments = serde_json::Value::Object(arguments)
        .to_string()
        .replace("${", "$${");
    Ok(format!("tool: {tool}, arguments: {arguments}"))
}

/// The plan of the command line for a server that has no harmless read: its tools are listed.
pub(super) fn listing(plan: &LoadPlan) -> LoadPlan {
    let mut plan = plan.clone();
    for entry in &mut plan.mix {
        let method = Template::literal("tools/list", entry.at.clone());
        entry.act = MixAct::Mcp(Box::new(McpStep::bare(McpCall::Method { method, params: None })));
    }
    plan
}

/// Thresholds of the command line come after those of the plan.
fn with_thresholds(file: &Arc<SourceFile>, args: &LoadArgs) -> Arc<SourceFile> {
    if args.threshold.is_empty() {
        return Arc::clone(file);
    }
    let entries = args.threshold.iter().map(|text| format!("  - {}\n", entry(text)));
    let entries: String = entries.collect();
    let mut text = file.text.clone();
    let place = text.lines().position(|line| line.trim_end() == "thresholds:");
    if let Some(line) = place {
        let at: usize = text.split_inclusive('\n').take(line + 1).map(str::len).sum();
        text.insert_str(at, &entries);
    } else {
        if !text.ends_with('\n') {
            text.push('\n');
        }
        let _ = write!(text, "thresholds:\n{entries}");
    }
    Arc::new(SourceFile {
        path: file.path.clone(),
        text,
    })
}

/// `p99 < 50ms` and `p99[read] < 50ms` as an entry of `thresholds`.
fn entry(text: &str) -> String {
    let signs = [
        ("<=", "lte"),
        (">=", "gte"),
        ("≤", "lte"),
        ("≥", "gte"),
        ("<", "lt"),
        (">", "gt"),
    ];
    let found = signs.iter().find_map(|(sign, word)| {
        let (figure, bound) = text.split_once(sign)?;
        Some((figure.trim(), *word, bound.trim()))
    });
    let Some((figure, word, bound)) = found else {
        // The reader says what is wrong with it.
        return format!("\"{}\"", text.replace('"', "'"));
    };
    match figure.strip_suffix(']').and_then(|figure| figure.split_once('[')) {
        Some((figure, of)) => format!(
            "{{ {}: {{ {word}: {bound} }}, of: {} }}",
            figure.trim(),
            of.trim()
        ),
        None => format!("{{ {figure}: {{ {word}: {bound} }} }}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_of_the_command_line() {
        let table = [
            ("p99 < 50ms", "{ p99: { lt: 50ms } }"),
            ("p99[search]<=120ms", "{ p99: { lte: 120ms }, of: search }"),
            ("achieved >= 99.5%", "{ achieved: { gte: 99.5% } }"),
            ("nonsense", "\"nonsense\""),
        ];
        for (text, wanted) in table {
            assert_eq!(entry(text), wanted);
        }
    }
}
