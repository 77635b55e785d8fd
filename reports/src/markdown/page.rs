//! A page of bounded size, filled in two rounds: first every block's text, then the evidence, worst first.

use crate::text::count;
use std::fmt::Write as _;

/// A part of the page. `text` is what must be there, `evidence` what may go when there is no room; both are whole
/// paragraphs that end with a line end.
#[derive(Default)]
pub(super) struct Block {
    pub(super) text: String,
    pub(super) evidence: Vec<String>,
}

impl Block {
    pub(super) fn text(text: String) -> Block {
        Block {
            text,
            evidence: Vec::new(),
        }
    }
}

pub(super) struct Page {
    limit: usize,
    blocks: Vec<Block>,
}

/// Room kept for the line that says what was cut.
const RESERVE: usize = 200;

impl Page {
    pub(super) fn new(limit: usize) -> Page {
        Page {
            limit,
            blocks: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, block: Block) {
        if !block.text.is_empty() {
            self.blocks.push(block);
        }
    }

    pub(super) fn finish(self) -> String {
        let mut room = self.limit.saturating_sub(RESERVE);
        let mut take = |text: &str| {
            let fits = text.len() < room;
            room -= if fits { text.len() + 1 } else { 0 };
            fits
        };
        let texts: Vec<bool> = self.blocks.iter().map(|block| take(&block.text)).collect();
        let mut cut_evidence = 0_u64;
        let mut out = String::new();
        for (block, _) in self.blocks.iter().zip(&texts).filter(|(_, fits)| **fits) {
            separate(&mut out);
            out.push_str(&block.text);
            for evidence in &block.evidence {
                if take(evidence) {
                    separate(&mut out);
                    out.push_str(evidence);
                } else {
                    cut_evidence += 1;
                }
            }
        }
        let cut_blocks = texts.iter().filter(|fits| !**fits).count() as u64;
        if cut_blocks + cut_evidence > 0 {
            separate(&mut out);
            let _ = writeln!(
                out,
                "Cut to stay within the size limit: {}, evidence of {}. The record has everything.",
                count(cut_blocks, "section"),
                count(cut_evidence, "check")
            );
        }
        out
    }
}

fn separate(out: &mut String) {
    if !out.is_empty() {
        out.push('\n');
    }
}
