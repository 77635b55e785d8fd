//! The templates of an agent file.

use super::{data, entries, moment};
use crate::scenario::model::{AgentStep, PlanEntry, PlanReply, Selection, Template, Traits};

pub(super) fn step<'s>(step: &'s AgentStep, see: &mut dyn FnMut(&'s Template)) {
    step.task.tool.iter().for_each(&mut *see);
    step.task
        .arguments
        .iter()
        .for_each(|arguments| data(arguments, see));
    for time in [&step.task.idle, &step.task.stay].into_iter().flatten() {
        moment(time, see);
    }
    entries(&step.world.env, see);
    entries(&step.world.callback, see);
    for entry in &step.world.plan {
        self::entry(entry, see);
    }
}

fn entry<'s>(entry: &'s PlanEntry, see: &mut dyn FnMut(&'s Template)) {
    traits(&entry.when.traits, see);
    for part in [&entry.reply, &entry.change].into_iter().flatten() {
        reply(part, see);
    }
    entry.delay.iter().for_each(|time| moment(time, see));
    if let Some(redirect) = &entry.redirect {
        see(&redirect.to);
        redirect.status.iter().for_each(&mut *see);
    }
    entry.skew.iter().for_each(&mut *see);
    for act in &entry.acts {
        data(&act.object, see);
    }
}

fn reply<'s>(reply: &'s PlanReply, see: &mut dyn FnMut(&'s Template)) {
    reply.status.iter().chain(&reply.body).for_each(&mut *see);
    entries(&reply.headers, see);
    reply.json.iter().for_each(|json| data(json, see));
}

fn traits<'s>(traits: &'s Traits, see: &mut dyn FnMut(&'s Template)) {
    let texts = [
        &traits.tool,
        &traits.rpc,
        &traits.method,
        &traits.grant,
        &traits.path,
        &traits.credential,
    ];
    texts.into_iter().flatten().for_each(see);
}

pub(super) fn selection<'s>(selection: &'s Selection, see: &mut dyn FnMut(&'s Template)) {
    traits(&selection.traits, see);
    selection
        .carrying
        .iter()
        .for_each(|carrying| data(&carrying.what, see));
}
