//! English forms that no ending tells: "went" is "go", "children" is "child".

use std::collections::HashMap;
use std::sync::LazyLock;

use tantivy::tokenizer::{Token, TokenFilter, TokenStream, Tokenizer};

/// Each word, and its forms behind it. Forms that are as often another word's are left out, such as "rose" and "lives".
const FORMS: &str = "arise arose arisen; awake awoke awoken; beat beaten; become became; begin began begun; bend bent; \
    bite bitten; bleed bled; blow blew blown; break broke broken; breed bred; bring brought; build built; \
    burn burnt; buy bought; calf calves; catch caught; child children; choose chose chosen; come came; \
    creep crept; deal dealt; dig dug; draw drew drawn; dream dreamt; drink drank drunk; drive drove driven; \
    dwell dwelt; eat ate eaten; fall fell fallen; feed fed; feel felt; fight fought; find found; flee fled; \
    fly flew flown; foot feet; forbid forbade forbidden; forget forgot forgotten; forgive forgave forgiven; \
    freeze froze frozen; get got gotten; give gave given; go went gone goes; goose geese; grow grew grown; \
    half halves; hang hung; hear heard; hide hid hidden; hold held; keep kept; kneel knelt; knife knives; \
    know knew known; lay laid; lead led; leap leapt; learn learnt; leave left; lend lent; light lit; \
    loaf loaves; lose lost; make made; man men; mean meant; meet met; mistake mistook mistaken; mouse mice; \
    overcome overcame; ox oxen; pay paid; person people persons; rebuild rebuilt; ride rode ridden; \
    ring rang rung; rise risen; run ran; say said; see saw seen; seek sought; self selves; sell sold; send sent; \
    sew sewn; shake shook shaken; shelf shelves; shine shone; shoot shot; show shown; shrink shrank shrunk; \
    sing sang sung; sink sank sunk; sit sat; sleep slept; slide slid; speak spoke spoken; speed sped; \
    spell spelt; spend spent; spill spilt; spin spun; stand stood; steal stole stolen; stick stuck; sting stung; \
    strike struck; strive strove striven; swear swore sworn; sweep swept; swim swam swum; swing swung; \
    take took taken; teach taught; tear tore torn; tell told; thief thieves; think thought; throw threw thrown; \
    tooth teeth; undergo underwent undergone; understand understood; undertake undertook undertaken; \
    wake woke woken; wear wore worn; weave wove woven; weep wept; wife wives; win won; \
    withdraw withdrew withdrawn; wolf wolves; woman women; write wrote written";

static WORDS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    let known = FORMS.split(';').filter_map(|line| line.trim_start().split_once(' '));
    known.flat_map(|(word, forms)| forms.split(' ').map(move |form| (form, word))).collect()
});

/// Puts the word for a form of it. What comes is in lower case.
#[derive(Clone)]
pub(super) struct Irregular;

#[derive(Clone)]
pub(super) struct Regular<T>(T);

impl TokenFilter for Irregular {
    type Tokenizer<T: Tokenizer> = Regular<T>;

    fn transform<T: Tokenizer>(self, tokenizer: T) -> Regular<T> {
        Regular(tokenizer)
    }
}

impl<T: Tokenizer> Tokenizer for Regular<T> {
    type TokenStream<'a> = Regular<T::TokenStream<'a>>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Self::TokenStream<'a> {
        Regular(self.0.token_stream(text))
    }
}

impl<T: TokenStream> TokenStream for Regular<T> {
    fn advance(&mut self) -> bool {
        let comes = self.0.advance();
        if comes && let Some(word) = WORDS.get(self.0.token().text.as_str()) {
            let token = self.0.token_mut();
            token.text.clear();
            token.text.push_str(word);
        }
        comes
    }

    fn token(&self) -> &Token {
        self.0.token()
    }

    fn token_mut(&mut self) -> &mut Token {
        self.0.token_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_one_word_s_and_no_word_is_a_form() {
        let forms: usize = FORMS.split(';').map(|line| line.split_whitespace().count() - 1).sum();
        assert_eq!(WORDS.len(), forms);
        assert!(WORDS.values().all(|word| !WORDS.contains_key(word)));
        assert_eq!((WORDS["went"], WORDS["children"]), ("go", "child"));
    }
}
