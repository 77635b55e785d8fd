//! Who could reach what: the cells that are not as declared, and how much was searched. The whole matrix is in the page
//! for the browser.

use super::{ROWS, more};
use crate::markdown::escape::prose;
use crate::markdown::page::Block;
use crate::matrix::{Kind, Matrix};
use crate::record::{Record, Scanned};
use crate::text::{count, one_line};
use std::fmt::Write as _;

pub(in crate::markdown) fn access(record: &Record) -> Block {
    let matrix = Matrix::of(record);
    let mut out = String::new();
    if !matrix.is_empty() {
        let _ = writeln!(
            out,
            "{}, declared and tried; {} as declared.",
            count(matrix.len() as u64, "cell"),
            matrix.count(Kind::Agrees)
        );
        deviating(&matrix, &mut out);
    }
    if let Some(scanned) = &record.scanned {
        searched(scanned, &mut out);
    }
    if !out.is_empty() {
        out.insert_str(0, "### Who could reach what\n\n");
    }
    Block::text(out)
}

fn deviating(matrix: &Matrix<'_>, out: &mut String) {
    let cells = matrix.deviating();
    if cells.is_empty() {
        return;
    }
    out.push_str("\n| | Who | Probe | Place | Declared | Found |\n|---|---|---|---|---|---|\n");
    for cell in cells.iter().take(ROWS) {
        let name = |text: &str| prose(&one_line(text, 100));
        let kind = if cell.kind == Kind::Leak {
            "**leak**".to_owned()
        } else {
            cell.kind.word().to_owned()
        };
        let _ = writeln!(
            out,
            "| {kind} | {} | {} | {} | {} | {} |",
            name(&cell.access.who),
            name(&cell.access.probe),
            name(&cell.access.place),
            cell.access.expected,
            cell.access.found
        );
    }
    more(out, cells.len());
}

fn searched(scanned: &Scanned, out: &mut String) {
    let gap = if out.is_empty() { "" } else { "\n" };
    let _ = writeln!(
        out,
        "{gap}Searched for data of somebody else: {}, {}, for {}.",
        count(scanned.calls, "answer"),
        count(scanned.bytes, "byte"),
        match scanned.canaries {
            1 => "1 canary".to_owned(),
            n => format!("{n} canaries"),
        }
    );
}
