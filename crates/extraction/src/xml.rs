//! Tags: written well-formed, and found in what a model says, which seldom is. A model forgets to escape, and talks
//! before and after, so an XML parser would refuse most of it.

use crate::garbage::Garbage;

/// An element in a model's answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    attributes: &'a str,
    /// What stands between its tags.
    pub(crate) inner: &'a str,
}

/// The elements of this name, in order; those inside another of them excepted.
pub(crate) fn elements<'a>(text: &'a str, name: &'static str) -> Result<Vec<Element<'a>>, Garbage> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some((attributes, after)) = opening(rest, name) {
        let Some(inner) = attributes.strip_suffix('/').map(|_| "").or_else(|| before_closing(after, name))
        else {
            return Err(Garbage::CutOff(name));
        };
        found.push(Element { attributes, inner });
        rest = &after[inner.len()..];
    }
    Ok(found)
}

/// The first element of this name.
pub(crate) fn element<'a>(text: &'a str, name: &'static str) -> Result<Element<'a>, Garbage> {
    elements(text, name)?.into_iter().next().ok_or(Garbage::Missing(name))
}

/// The text of the first element of this name, as it is meant; `None` if there is no such element or nothing in it.
pub(crate) fn text_of(text: &str, name: &'static str) -> Option<String> {
    element(text, name).ok()?.text()
}

impl Element<'_> {
    /// Its text, as it is meant; `None` if there is nothing in it.
    pub(crate) fn text(&self) -> Option<String> {
        Some(unescape(self.inner.trim())).filter(|text| !text.is_empty())
    }

    /// The value of an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let mut rest = self.attributes;
        loop {
            let (before, after) = rest.split_once('=')?;
            let after = after.trim_start();
            let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            let (value, next) = after[1..].split_once(quote)?;
            if before.trim() == name {
                return Some(unescape(value));
            }
            rest = next;
        }
    }
}

/// What an opening tag of this name has in it, and what follows it.
fn opening<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let mut rest = text;
    loop {
        let (_, after) = rest.split_once('<')?;
        if let Some(tag) = after.strip_prefix(name)
            && tag.starts_with(['>', '/', ' ', '\t', '\r', '\n'])
        {
            return tag.split_once('>');
        }
        rest = after;
    }
}

fn before_closing<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut from = 0;
    loop {
        let place = from + text[from..].find("</")?;
        let after = &text[place + 2..];
        if after.strip_prefix(name).is_some_and(|after| after.trim_start().starts_with('>')) {
            return Some(&text[..place]);
        }
        from = place + 2;
    }
}

/// The text with its entities replaced by what they stand for.
fn unescape(text: &str) -> String {
    let text = text.strip_prefix("<![CDATA[").and_then(|text| text.strip_suffix("]]>")).unwrap_or(text);
    if !text.contains('&') {
        return text.to_owned();
    }
    // The ampersand last, or `&amp;lt;` would become `<`.
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

/// The text, escaped, cut after so many characters of its escaped form, without what XML cannot hold.
pub(crate) fn escape(text: &str, most: usize) -> String {
    let (mut escaped, mut length) = (String::with_capacity(text.len().min(most)), 0);
    for character in text.trim().chars() {
        let mut buffer = [0; 4];
        let piece = match character {
            '<' => "&lt;",
            '>' => "&gt;",
            '&' => "&amp;",
            '"' => "&quot;",
            '\n' | '\t' => character.encode_utf8(&mut buffer),
            '\u{FFFE}' | '\u{FFFF}' => continue,
            control if control.is_control() => continue,
            other => other.encode_utf8(&mut buffer),
        };
        length += piece.chars().count();
        if length > most {
            break;
        }
        escaped.push_str(piece);
    }
    escaped.trim_end().to_owned()
}

/// An element with a text in it.
pub(crate) fn write(name: &str, text: &str, most: usize) -> String {
    format!("<{name}>{}</{name}>", escape(text, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_in_what_is_not_well_formed() {
        let text = "Sure! <topics> <topic name=\"R&D\">1 < 2 & so on</topic><topic name='b'>x</topic > bye";
        let found = elements(text, "topic").unwrap();
        assert_eq!(found.iter().map(|topic| topic.inner).collect::<Vec<_>>(), ["1 < 2 & so on", "x"]);
        assert_eq!(found[0].attribute("name").unwrap(), "R&D");
        assert_eq!(found[1].attribute("name").unwrap(), "b");
        assert!(found[1].attribute("id").is_none());
        assert!(matches!(elements("<topic>half", "topic"), Err(Garbage::CutOff("topic"))));
        assert!(matches!(element("none", "topic"), Err(Garbage::Missing("topic"))));
        assert_eq!(elements("<a/><a>b</a>", "a").unwrap().len(), 2);
    }

    #[test]
    fn what_is_escaped_comes_back() {
        let text = "a < b && \"c\" > 'd' &lt;";
        assert_eq!(text_of(&write("x", text, 100), "x").unwrap(), text);
        assert_eq!(escape("a\u{0}<<", 6), "a&lt;", "never in the middle of an entity");
    }
}
