//! Listing a bucket: keys in order, those that share a stretch up to a delimiter folded into one common prefix.

use std::ops::Bound;

use store::{Entry, Key, KeyRange, Store, StoreError};

use crate::objects::{contents, name};
use crate::rows::{OBJECTS, Object};

/// How many rows are read at once.
const STEP: usize = 1000;

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Query<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) prefix: &'a str,
    /// Not empty, if given.
    pub(crate) delimiter: Option<&'a str>,
    /// Only what comes after this key or common prefix.
    pub(crate) after: Option<&'a str>,
    pub(crate) limit: usize,
}

/// One page of a listing.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) objects: Vec<Entry<Object>>,
    pub(crate) prefixes: Vec<String>,
    /// If there is more: the last key or common prefix of this page.
    pub(crate) next: Option<String>,
}

impl Query<'_> {
    pub(crate) async fn page(&self, store: &dyn Store) -> Result<Page, StoreError> {
        let mut page = Page::default();
        if self.limit == 0 {
            return Ok(page);
        }
        let mut range = self.range();
        let mut last = String::new();
        loop {
            let rows = OBJECTS.list(store, &range, STEP.min(self.limit + 1)).await?;
            let Some(end) = rows.last().map(|row| row.key.clone()) else { return Ok(page) };
            for row in rows {
                let key = name(&row.key);
                if !key.starts_with(self.prefix) {
                    return Ok(page);
                }
                let group = self.group(key).map(str::to_owned);
                if group.as_ref().is_some_and(|group| *group == last || Some(group.as_str()) == self.after) {
                    continue;
                }
                if page.objects.len() + page.prefixes.len() == self.limit {
                    page.next = Some(last);
                    return Ok(page);
                }
                last = group.clone().unwrap_or_else(|| key.to_owned());
                match group {
                    Some(group) => page.prefixes.push(group),
                    None => page.objects.push(row),
                }
            }
            // Past the whole group, if the last row belongs to one, without reading the rest of it.
            let jump = self.group(name(&end)).map(|group| self.past(group));
            range = range.after(jump.map_or(end.clone(), |jump| jump.max(end)));
        }
    }

    /// The common prefix that the key is folded into.
    fn group<'k>(&self, key: &'k str) -> Option<&'k str> {
        let delimiter = self.delimiter?;
        let rest = key.strip_prefix(self.prefix)?;
        let end = self.prefix.len() + rest.find(delimiter)? + delimiter.len();
        Some(&key[..end])
    }

    /// A key behind all those that begin with the group (but for one that goes on with the last of all characters).
    fn past(&self, group: &str) -> Key {
        Key::of([self.bucket, &format!("{group}\u{10FFFF}")])
    }

    fn range(&self) -> KeyRange {
        let prefix = Key::of([self.bucket, self.prefix]);
        let whole = contents(self.bucket);
        let after = self.after.map(|after| match self.group(after) {
            Some(group) if group == after => self.past(group),
            _ => Key::of([self.bucket, after]),
        });
        match after {
            Some(after) if after >= prefix => whole.after(after),
            _ => KeyRange { from: Bound::Included(prefix), to: whole.to },
        }
    }
}

#[cfg(test)]
mod tests;
