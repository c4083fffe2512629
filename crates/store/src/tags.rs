//! Tags: labels that the owner of a resource puts on it. They are a row of their own beside the resource's.

use std::collections::BTreeMap;

use fault::{Fault, Kind, Result};

use crate::Store;
use crate::key::Key;
use crate::row::{Batch, Expect, Write};
use crate::table::Table;

/// Tags that one resource can have.
const MOST: usize = 50;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// The tags under a key.
pub async fn get(store: &dyn Store, table: &Table<Tags>, key: &Key) -> Result<Tags> {
    let tags = table.get(store, key).await?;
    Ok(tags.map(|tags| tags.value).unwrap_or_default())
}

/// Changes the tags under a key. `standing` fails the batch if what they are on is gone: tags must not outlive it.
pub async fn change(
    store: &dyn Store,
    table: &Table<Tags>,
    key: Key,
    standing: Vec<Write>,
    change: impl FnOnce(&mut Tags),
) -> Result<()> {
    let before = table.get(store, &key).await?;
    let expect = before.as_ref().map_or(Expect::Absent, |entry| Expect::At(entry.revision));
    let mut tags = before.map(|entry| entry.value).unwrap_or_default();
    change(&mut tags);
    if tags.len() > MOST {
        let message = format!("A resource has at most {MOST} tags. Remove some first.");
        return Err(Fault::new(Kind::QuotaExceeded, message));
    }
    store.commit(Batch::new().with(standing).and(table.put(key, &tags, expect))).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Space;
    use crate::memory::MemoryStore;

    const TAGS: Table<Tags> = Table::new(Space::new("tags"));
    const THINGS: Table<()> = Table::new(Space::new("things"));

    #[tokio::test]
    async fn tags_come_and_go_with_what_they_are_on() {
        let (store, key) = (MemoryStore::new(), Key::of(["thing"]));
        let tag = async |count: usize| {
            let standing = vec![THINGS.check(key.clone(), Expect::Present)];
            let all = (0..count).map(|number| (format!("k{number}"), "v".to_owned()));
            change(&store, &TAGS, key.clone(), standing, |tags| tags.extend(all)).await
        };
        assert_eq!(*tag(1).await.unwrap_err().kind(), Kind::ConcurrentModification, "there is no such thing");
        store.commit(Batch::new().and(THINGS.put(key.clone(), &(), Expect::Absent))).await.unwrap();
        tag(50).await.unwrap();
        assert_eq!(*tag(51).await.unwrap_err().kind(), Kind::QuotaExceeded);
        assert_eq!(get(&store, &TAGS, &key).await.unwrap().len(), 50);
        assert_eq!(get(&store, &TAGS, &Key::of(["other"])).await.unwrap(), Tags::new());
    }
}
