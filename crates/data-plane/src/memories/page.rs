//! Pages of listings that say themselves where the next one begins.

use fault::Result;
use restjson::Call;

use crate::DataPlane;

/// Items on a page unless the caller says otherwise.
const DEFAULT: usize = 20;

impl DataPlane {
    /// The place after which a page begins, from the token of the one before.
    pub(super) fn after(&self, call: &Call, token: Option<&str>) -> Result<Option<String>> {
        token.map(|token| self.pages.open(call, token)).transpose()
    }

    /// The token of the page after this place.
    pub(super) fn next(&self, call: &Call, place: Option<String>) -> Option<String> {
        place.map(|place| self.pages.seal(call, &place))
    }
}

/// How many items a page has.
pub(super) fn size(asked: Option<i32>) -> usize {
    asked.and_then(|size| usize::try_from(size).ok()).unwrap_or(DEFAULT)
}
