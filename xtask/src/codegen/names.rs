//! The model's names as Rust names.

/// `clientToken` as `client_token`; `agentRuntimeARN` as `agent_runtime_arn`; Rust's own words escaped.
pub(crate) fn field(name: &str) -> String {
    let snake = snake(name);
    match snake.as_str() {
        "type" | "match" | "ref" | "use" | "move" | "in" | "for" | "where" | "async" | "static" | "enum"
        | "const" | "mod" | "loop" | "final" | "override" | "macro" | "do" | "try" | "yield" | "abstract" => {
            format!("r#{snake}")
        }
        _ => snake,
    }
}

/// A shape's or an operation's name as a type.
pub(crate) fn type_name(name: &str) -> String {
    let mut name = name.replace('_', "");
    name[..1].make_ascii_uppercase();
    name
}

/// A shape's name as a static.
pub(crate) fn static_name(name: &str) -> String {
    snake(name).to_uppercase()
}

/// A path segment as a module.
pub(crate) fn module(segment: &str) -> String {
    segment.replace('-', "_")
}

/// An enum's text as a variant: `SELF_MANAGED` as `SelfManaged`, `executeCode` as `ExecuteCode`.
pub(crate) fn variant(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = String::new();
    for word in words {
        let shout = !word.chars().any(|letter| letter.is_ascii_lowercase());
        let rest = if shout { word[1..].to_ascii_lowercase() } else { word[1..].to_owned() };
        name.push_str(&word[..1].to_ascii_uppercase());
        name.push_str(&rest);
    }
    if name.starts_with(|letter: char| letter.is_ascii_digit()) {
        name.insert(0, 'V');
    }
    if name == "Self" { "Self_".to_owned() } else { name }
}

fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let previous = index.checked_sub(1).map(|before| letters[before]);
        let next_is_lower = letters.get(index + 1).is_some_and(char::is_ascii_lowercase);
        let starts_word = letter.is_ascii_uppercase()
            && previous.is_some_and(|previous| !previous.is_ascii_uppercase() || next_is_lower);
        if starts_word && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_rust() {
        for (name, expected) in [
            ("clientToken", "client_token"),
            ("agentARN", "agent_arn"),
            ("ARNList", "arn_list"),
            ("type", "r#type"),
        ] {
            assert_eq!(field(name), expected);
        }
        for (text, expected) in [
            ("SELF_MANAGED", "SelfManaged"),
            ("executeCode", "ExecuteCode"),
            ("io1", "Io1"),
            ("PYTHON_3_13", "Python313"),
            ("GoogleOauth2", "GoogleOauth2"),
        ] {
            assert_eq!(variant(text), expected);
        }
    }
}
