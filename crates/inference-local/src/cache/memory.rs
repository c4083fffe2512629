//! The vectors that were used last, in so many bytes.

use inference::Embedding;
use lru::LruCache;

use super::CacheKey;

/// What an entry takes beside its vector: key, links, handles.
const OVERHEAD: usize = 160;

/// The vectors that were used last.
pub(super) struct Memory {
    entries: LruCache<CacheKey, Embedding>,
    bytes: usize,
    most: usize,
}

impl Memory {
    pub(super) fn new(most: usize) -> Self {
        Self { entries: LruCache::unbounded(), bytes: 0, most }
    }

    pub(super) fn get(&mut self, key: &CacheKey) -> Option<Embedding> {
        self.entries.get(key).cloned()
    }

    pub(super) fn put(&mut self, key: CacheKey, embedding: Embedding) {
        self.bytes += size(&embedding);
        if let Some((_, old)) = self.entries.push(key, embedding) {
            self.bytes -= size(&old);
        }
        while self.bytes > self.most {
            let Some((_, oldest)) = self.entries.pop_lru() else { break };
            self.bytes -= size(&oldest);
        }
    }
}

fn size(embedding: &Embedding) -> usize {
    OVERHEAD + size_of_val(embedding.vector.as_slice())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use inference::EmbedderId;

    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let embedder = Arc::new(EmbedderId { model: "m".to_owned(), dimension: 10 });
        let embedding = Embedding { embedder, vector: vec![0.0; 10] };
        let mut memory = Memory::new(2 * size(&embedding));
        let [one, two, three] = [1, 2, 3].map(|byte| CacheKey([byte; 32]));
        memory.put(one, embedding.clone());
        memory.put(two, embedding.clone());
        memory.put(one, embedding.clone());
        assert!(memory.get(&one).is_some());
        memory.put(three, embedding);
        assert!(memory.get(&two).is_none() && memory.get(&one).is_some() && memory.get(&three).is_some());
    }
}
