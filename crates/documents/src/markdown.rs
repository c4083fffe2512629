//! Markdown.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::passages::Passages;

/// Reads CommonMark with tables, footnotes and front matter. HTML within it is left out.
pub(crate) fn read(text: &str, passages: &mut Passages) {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut block = String::new();
    let (mut metadata, mut lists) = (false, 0_usize);
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Start(Tag::MetadataBlock(_)) => metadata = true,
            Event::End(TagEnd::MetadataBlock(_)) => metadata = false,
            Event::Text(_) if metadata => {}
            Event::Text(text) | Event::Code(text) => block.push_str(&text),
            Event::SoftBreak => block.push(' '),
            Event::HardBreak => block.push('\n'),
            Event::TaskListMarker(done) => block.push_str(if done { "[x] " } else { "[ ] " }),
            Event::Start(Tag::List(_)) => lists += 1,
            Event::End(TagEnd::List(_)) => {
                lists = lists.saturating_sub(1);
                if lists == 0 {
                    take(&mut block, passages);
                }
            }
            Event::Start(Tag::Heading { .. } | Tag::CodeBlock(_) | Tag::Table(_)) => {
                take(&mut block, passages);
            }
            Event::Start(Tag::Item) => {
                end_line(&mut block);
                block.push_str("- ");
            }
            Event::End(TagEnd::Heading(level)) => {
                passages.heading(number(level), &block);
                block.clear();
            }
            Event::End(TagEnd::Item | TagEnd::TableHead | TagEnd::TableRow) => end_line(&mut block),
            Event::End(TagEnd::TableCell) => block.push_str(" | "),
            // A paragraph of an item goes on with its item.
            Event::End(TagEnd::Paragraph) if lists > 0 => end_line(&mut block),
            Event::End(
                TagEnd::Paragraph
                | TagEnd::CodeBlock
                | TagEnd::Table
                | TagEnd::BlockQuote(_)
                | TagEnd::FootnoteDefinition,
            ) => take(&mut block, passages),
            _ => {}
        }
        if passages.is_full() {
            return;
        }
    }
    take(&mut block, passages);
}

fn take(block: &mut String, passages: &mut Passages) {
    passages.paragraph(block);
    block.clear();
}

fn end_line(block: &mut String) {
    let end = block.trim_end_matches([' ', '|', '\n']).len();
    block.truncate(end);
    if !block.is_empty() {
        block.push('\n');
    }
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use crate::{Format, Limits, read};

    #[test]
    fn a_guide_is_read_with_its_headings() {
        let guide = "---\ntitle: x\n---\n# Guide\nFirst *line*\nsecond `line`.\n\n## Refunds\n- one\n  - deep\n- two\n\n\
                     | Who | When |\n|---|---|\n| Ann | May |\n\n```sh\nmake all\n```\n<script>no</script>\n";
        let pieces = read(Format::Markdown, guide.as_bytes(), &Limits::default()).unwrap();
        let told: Vec<_> =
            pieces.iter().map(|piece| (piece.trail.join(" > "), piece.text.as_str())).collect();
        let expected = [
            ("Guide".to_owned(), "First line second line."),
            ("Guide > Refunds".to_owned(), "- one\n- deep\n- two\n\nWho | When\nAnn | May\n\nmake all"),
        ];
        assert_eq!(told, expected);
    }
}
