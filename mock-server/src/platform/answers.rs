//! Answers to questions over files, put together from the passages that fit best, each of them cited.

use serde::Serialize;

use super::index::{Hit, asked};
use super::{Caller, Demand, Flaw, Mode, Node, Platform, Refusal, Workspace};

/// Passages an answer rests on, at most.
const PASSAGES: usize = 5;

/// An answer and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroundedAnswer {
    /// A few sentences; `[1]` refers to the first citation.
    pub answer: String,
    /// Best first, at most five.
    pub citations: Vec<Citation>,
}

/// One passage an answer rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Citation {
    /// The number it is referred to by, from 1.
    pub number: usize,
    /// The workspace the passage is from.
    pub workspace_id: String,
    /// The node it is from.
    pub node_id: String,
    /// The version of the node it is from.
    pub version_id: Option<String>,
    /// The name of the node.
    pub name: String,
    /// The passage.
    pub snippet: String,
    /// How well it fits: see the score of a search.
    pub score: usize,
}

/// What a question is asked of.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scoped<'a> {
    /// One workspace; without it, all that the caller may write in.
    pub workspace: Option<&'a str>,
    /// Only these files, where there are any.
    pub files: &'a [&'a str],
}

type Ground<'a> = (&'a Workspace, &'a Node, Hit);

impl Platform {
    /// What asking takes: a question costs credits, so reading is not enough.
    pub fn question_demand(workspace: Option<&str>) -> Demand {
        workspace.map_or_else(
            || Demand {
                mode: Mode::Rw,
                ..Demand::own()
            },
            |id| Demand::workspace(id, Mode::Rw),
        )
    }

    /// Answers a question from the files of one workspace, or of all the caller may read.
    ///
    /// # Errors
    /// 406 where no workspace in question has intelligence; 403 and 404 as for any other use of a workspace.
    pub fn answer_question(
        &self,
        caller: &Caller,
        of: Scoped<'_>,
        question: &str,
    ) -> Result<GroundedAnswer, Refusal> {
        self.permit(caller, &Platform::question_demand(of.workspace))?;
        let flaws = self.switches.flaws;
        let mut places = match of.workspace {
            Some(id) => vec![self.workspace(caller, id, Mode::Rw)?],
            None => self.searched(&self.readable_workspaces(caller)?),
        };
        places.retain(|place| place.intelligence || flaws.has(Flaw::IndexOutlives));
        if places.is_empty() {
            return Err(Refusal::validation("profile_id", "intelligence is switched off"));
        }
        let everywhere = || self.workspaces.values().collect();
        if flaws.has(Flaw::GroundedInAll) {
            places = everywhere();
        }
        let grounds = grounds(&places, of.files, question);
        let answer = worded(&grounds);
        let cited = if flaws.has(Flaw::CitesAll) {
            self::grounds(&everywhere(), &[], question)
        } else {
            grounds
        };
        let citations = cited
            .iter()
            .enumerate()
            .map(|(at, ground)| citation(at + 1, ground));
        Ok(GroundedAnswer {
            answer,
            citations: citations.collect(),
        })
    }
}

/// The passages that fit best.
fn grounds<'a>(places: &[&'a Workspace], files: &[&str], question: &str) -> Vec<Ground<'a>> {
    let asked = asked(question);
    let mut found: Vec<Ground<'a>> = places
        .iter()
        .flat_map(|place| {
            let hits = place.hits(&asked).into_iter();
            hits.map(move |(node, hit)| (*place, node, hit))
        })
        .filter(|(_, node, _)| files.is_empty() || files.contains(&node.id.as_str()))
        .collect();
    found.sort_by(|a, b| b.2.score.cmp(&a.2.score).then_with(|| a.1.id.cmp(&b.1.id)));
    found.truncate(PASSAGES);
    found
}

fn worded(grounds: &[Ground<'_>]) -> String {
    if grounds.is_empty() {
        return "Nothing in these files answers that.".to_owned();
    }
    let sentences = grounds
        .iter()
        .enumerate()
        .map(|(at, (_, node, hit))| format!("{} says: {} [{}]", node.name, hit.passage, at + 1));
    sentences.collect::<Vec<_>>().join("\n")
}

fn citation(number: usize, (place, node, hit): &Ground<'_>) -> Citation {
    Citation {
        number,
        workspace_id: place.id.clone(),
        node_id: node.id.clone(),
        version_id: node.versions.last().map(|version| version.id.clone()),
        name: node.name.clone(),
        snippet: hit.passage.clone(),
        score: hit.score,
    }
}
