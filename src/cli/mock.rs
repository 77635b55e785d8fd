//! `hallmark mock`.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use hallmark_mock::{Behaviour, Defect, Limits, Variant, Window, World, WorldConfig};

use super::Exit;
use super::args::{MockArgs, MockSwitches, TextOrJson};
use super::term;
use crate::run::environment;
use crate::scenario::suggest;

pub(super) async fn mock(args: MockArgs) -> Exit {
    if args.list_defects || args.list_variants {
        return list(&args);
    }
    let config = match config(&args) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let world = match World::start(config).await {
        Ok(world) => world,
        Err(error) => {
            let help = "another program may hold the port: `--port 0` picks a free one";
            term::complain_with_help(
                &format!("cannot listen on 127.0.0.1:{}: {error}", args.port),
                help,
            );
            return Exit::Unjudged;
        }
    };
    if let Some(path) = &args.environment_file {
        let text = serde_json::to_string(&environment(&world)).unwrap_or_default();
        if let Err(error) = write_private(path, &text) {
            term::complain(&format!("cannot write {}: {error}", path.display()));
            return Exit::Invalid;
        }
    }
    if let Some(path) = &args.ready_file {
        let text = serde_json::to_string_pretty(&world.ready_document()).unwrap_or_default();
        if let Err(error) = write_private(path, &text) {
            term::complain(&format!("cannot write {}: {error}", path.display()));
            return Exit::Invalid;
        }
    }
    term::out(&world.hello());
    term::ended().await;
    term::talk("ending\n");
    world.shutdown().await;
    Exit::Good
}

/// Holds credentials: readable by its owner only, in place at once.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let part = path.with_extension("part");
    let _ = std::fs::remove_file(&part);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(&part)?.write_all(text.as_bytes())?;
    std::fs::rename(&part, path)
}

fn config(args: &MockArgs) -> Result<WorldConfig, Exit> {
    let mut config = switched(&args.switches)?;
    config.seed = args.seed.unwrap_or_else(rand::random);
    config.port = args.port;
    config.identities = args.identities;
    config.load = args.load;
    config.plain_door = true;
    config.control_door = true;
    config.unlimited_guesses = !args.throttle_guesses;
    if !args.limit.is_empty() {
        let windows: Option<Vec<Window>> = args.limit.iter().map(|text| window(text)).collect();
        let Some(windows) = windows else {
            term::complain_with_help("--limit is no rate", "requests per time: 60/min, 5/3s, 1000/h");
            return Err(Exit::Usage);
        };
        config.limits = Some(Limits { windows });
    }
    Ok(config)
}

/// `60/min`, `5/3s`.
fn window(text: &str) -> Option<Window> {
    let (max, per) = text.split_once('/')?;
    let digits = per.find(|c: char| !c.is_ascii_digit()).unwrap_or(per.len());
    let count: u32 = if digits == 0 {
        1
    } else {
        per[..digits].parse().ok()?
    };
    let unit = match &per[digits..] {
        "s" | "sec" => 1,
        "min" | "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    let seconds = count.checked_mul(unit).filter(|seconds| *seconds > 0)?;
    Some(Window {
        max: max.parse().ok().filter(|max| *max > 0)?,
        seconds,
    })
}

/// The switches of the mock, shared with `hallmark run`.
pub(super) fn switched(switches: &MockSwitches) -> Result<WorldConfig, Exit> {
    let mut config = WorldConfig::default();
    for id in &switches.defect {
        let known = || hallmark_mock::defects().iter().map(|info| info.id);
        config.defects.push(
            Defect::from_id(id)
                .ok_or_else(|| unknown("defect", id, known(), "hallmark mock --list-defects"))?,
        );
    }
    for id in &switches.variant {
        let known = || hallmark_mock::variants().iter().map(|info| info.id);
        config.variants.push(
            Variant::from_id(id)
                .ok_or_else(|| unknown("variant", id, known(), "hallmark mock --list-variants"))?,
        );
    }
    if let Some(id) = &switches.behaviour {
        let known = ["seed", "fastio", "strict"];
        config.behaviour =
            Behaviour::from_id(id).ok_or_else(|| unknown("behaviour", id, known, "seed, fastio, strict"))?;
    }
    Ok(config)
}

fn unknown<'a>(what: &str, id: &str, known: impl IntoIterator<Item = &'a str>, list: &str) -> Exit {
    let known: Vec<&str> = known.into_iter().collect();
    let help = match suggest::nearest(id, known) {
        Some(near) => format!("did you mean `{near}`? All of them: {list}"),
        None => format!("all of them: {list}"),
    };
    term::complain_with_help(&format!("there is no {what} `{id}`"), &help);
    Exit::Usage
}

fn list(args: &MockArgs) -> Exit {
    let text = match (args.list_defects, args.format) {
        (true, TextOrJson::Json) => json(hallmark_mock::defects()),
        (false, TextOrJson::Json) => json(hallmark_mock::variants()),
        (true, TextOrJson::Text) => hallmark_mock::defects()
            .iter()
            .map(|info| line(info.id, &format!("{} [{}]", info.does, info.rules.join(" "))))
            .collect(),
        (false, TextOrJson::Text) => hallmark_mock::variants()
            .iter()
            .map(|info| line(info.id, info.does))
            .collect(),
    };
    term::out(&text);
    Exit::Good
}

fn json<T: serde::Serialize + ?Sized>(list: &T) -> String {
    serde_json::to_string_pretty(list).unwrap_or_default() + "\n"
}

fn line(id: &str, does: &str) -> String {
    let width = term::width().saturating_sub(26);
    format!("{id:<24}  {}\n", term::wrapped(does, width, &" ".repeat(26)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        for (text, max, seconds) in [
            ("60/min", 60, 60),
            ("5/3s", 5, 3),
            ("1000/h", 1000, 3600),
            ("7/s", 7, 1),
        ] {
            let window = window(text).unwrap();
            assert_eq!((window.max, window.seconds), (max, seconds), "{text}");
        }
        for wrong in ["60", "0/min", "5/0s", "x/min", "5/parsec"] {
            assert!(window(wrong).is_none(), "{wrong}");
        }
    }
}
