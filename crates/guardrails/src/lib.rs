//! What may not be said to models and by them.
