//! What keeps a JUnit file readable by every CI: names that differ, text that no CI takes for an instruction, a size
//! that none refuses.

use crate::text::{head_and_tail, one_line};
use std::collections::BTreeSet;

/// Characters of a name. GitHub refuses a whole batch of annotations when one title, made of file and name, is over
/// 255.
pub(super) const NAME: usize = 150;
/// Bytes of what is sent and received, per case.
pub(super) const OUTPUT: usize = 32 * 1024;
/// Bytes of all of them. GitLab reads 30 MB a file; the failures themselves must fit beside.
const OUTPUTS: usize = 12 * 1024 * 1024;

/// Names given so far. GitLab drops a second case of the same class name and name without a word, and Jenkins a second
/// suite of the same name and time.
#[derive(Default)]
pub(super) struct Names(BTreeSet<(String, String)>);

impl Names {
    pub(super) fn take(&mut self, class: &str, wanted: &str) -> String {
        let wanted = &told(wanted);
        let mut name = one_line(wanted, NAME);
        for number in 2.. {
            if self.0.insert((class.to_owned(), plain(&name))) {
                break;
            }
            name = format!("{} #{number}", one_line(wanted, NAME - 8));
        }
        name
    }
}

/// As Jenkins writes a suite's name: these characters become one.
fn plain(name: &str) -> String {
    name.replace(['/', '\\', ':', '?', '#', '%', '<', '>'], "_")
}

/// The room that is left for output.
pub(super) struct Room(usize);

impl Default for Room {
    fn default() -> Room {
        Room(OUTPUTS)
    }
}

impl Room {
    /// The output, cut to what one case may say, or why it is not here.
    pub(super) fn take(&mut self, output: &str) -> String {
        let cut = head_and_tail(output, OUTPUT);
        match self.0.checked_sub(cut.len()) {
            Some(left) => {
                self.0 = left;
                cut
            }
            None => "[left out: with it this file would be larger than CI systems read; record.json has it]"
                .to_owned(),
        }
    }
}

/// Azure DevOps, GitLab and a plugin of Jenkins upload the file that `[[ATTACHMENT|path]]` names. Hallmark attaches
/// nothing, so where those words stand a server has sent them.
pub(super) fn told(text: &str) -> String {
    text.replace("[[ATTACHMENT", "[ [ATTACHMENT")
}
