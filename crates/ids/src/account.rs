//! Whose, and where.

use crate::id;

id!(
    /// Twelve digits.
    AccountId,
    "account id",
    "twelve digits",
    |text| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
);

id!(
    /// A region's name, in the form that AWS's own clients insist on.
    Region,
    "region",
    "two letters, one or more words and a number, joined by hyphens, such as us-east-1",
    is_region
);

fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [first, words @ .., number] = parts.as_slice() else { return false };
    let letters = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    first.len() == 2
        && letters(first)
        && !words.is_empty()
        && words.iter().all(letters)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

impl Default for AccountId {
    fn default() -> Self {
        Self("000000000000".to_owned())
    }
}

impl Default for Region {
    fn default() -> Self {
        Self("us-east-1".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions() {
        for good in ["us-east-1", "us-gov-west-1", "ap-southeast-12"] {
            assert!(Region::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "us-1", "us-east", "use-east-1", "us-East-1", "us--1", "us-east-1 "] {
            assert!(Region::parse(bad).is_err(), "{bad}");
        }
    }
}
