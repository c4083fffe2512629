//! What a session has to tell, in the plainest way: a list that is looked through from end to end.

use std::collections::{BTreeMap, BTreeSet};

use memory::events::{EventFilter, MetadataTest};
use memory::model::Event;

#[derive(Default)]
pub(crate) struct Model {
    /// The events that there are, in the order in which they came.
    pub(crate) events: Vec<Event>,
    /// Every event that there ever was, with the branch it was on.
    ever: BTreeMap<String, Option<String>>,
    /// Where each branch forks.
    roots: BTreeMap<String, Option<String>>,
}

impl Model {
    pub(crate) fn add(&mut self, event: Event) {
        let on = event.branch.as_ref().map(|branch| branch.name.to_string());
        self.ever.insert(event.id.to_string(), on.clone());
        if let (Some(name), Some(branch)) = (on, &event.branch) {
            self.roots.entry(name).or_insert_with(|| branch.root.as_ref().map(ToString::to_string));
        }
        self.events.push(event);
    }

    pub(crate) fn remove(&mut self, index: usize) -> Event {
        self.events.remove(index)
    }

    pub(crate) fn has_branch(&self, name: &str) -> bool {
        self.roots.contains_key(name)
    }

    /// What a listing has to give.
    pub(crate) fn list(&self, filter: &EventFilter) -> Vec<Event> {
        let mut events: Vec<Event> =
            self.events.iter().filter(|event| self.has(filter, event)).cloned().collect();
        events.sort_by_key(|event| std::cmp::Reverse((event.timestamp, event.id.clone())));
        events
    }

    fn has(&self, filter: &EventFilter, event: &Event) -> bool {
        let metadata = filter.metadata.iter().all(|test| match test {
            MetadataTest::Equals(key, value) => event.metadata.get(key) == Some(value),
            MetadataTest::Exists(key) => event.metadata.contains_key(key),
            MetadataTest::Absent(key) => !event.metadata.contains_key(key),
        });
        metadata
            && filter.branch.as_ref().is_none_or(|branch| {
                let on = event.branch.as_ref().map(|branch| branch.name.to_string());
                let name = branch.name.to_string();
                on.as_ref() == Some(&name)
                    || (branch.with_parents && self.comes_from(&name, event.id.as_str(), on.as_deref()))
            })
    }

    /// Whether a branch comes from an event, on whatever line that is.
    fn comes_from(&self, branch: &str, event: &str, on: Option<&str>) -> bool {
        let (mut branch, mut seen) = (branch.to_owned(), BTreeSet::new());
        while seen.insert(branch.clone()) {
            let Some(Some(root)) = self.roots.get(&branch) else { return false };
            let parent = self.ever[root].as_deref();
            if parent == on && event <= root.as_str() {
                return true;
            }
            let Some(parent) = parent else { return false };
            branch = parent.to_owned();
        }
        false
    }
}
