//! STS's XML.

use std::fmt;

use authn::Principal;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

pub(crate) fn identity(principal: &Principal, request_id: &str) -> String {
    format!(
        "<GetCallerIdentityResponse xmlns=\"{NAMESPACE}\">\n  \
           <GetCallerIdentityResult>\n    \
             <Arn>{}</Arn>\n    \
             <UserId>{}</UserId>\n    \
             <Account>{}</Account>\n  \
           </GetCallerIdentityResult>\n  \
           <ResponseMetadata>\n    \
             <RequestId>{}</RequestId>\n  \
           </ResponseMetadata>\n\
         </GetCallerIdentityResponse>\n",
        Escaped(&principal.arn),
        Escaped(&principal.user_id),
        Escaped(&principal.account),
        Escaped(request_id),
    )
}

pub(crate) fn error(kind: &str, code: &str, message: &str, request_id: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\">\n  \
           <Error>\n    \
             <Type>{kind}</Type>\n    \
             <Code>{code}</Code>\n    \
             <Message>{}</Message>\n  \
           </Error>\n  \
           <RequestId>{}</RequestId>\n\
         </ErrorResponse>\n",
        Escaped(message),
        Escaped(request_id),
    )
}

/// Text that cannot be taken for markup. Control characters, which XML cannot carry at all, become `U+FFFD`.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for character in self.0.chars() {
            match character {
                '<' => formatter.write_str("&lt;")?,
                '>' => formatter.write_str("&gt;")?,
                '&' => formatter.write_str("&amp;")?,
                '"' => formatter.write_str("&quot;")?,
                '\t' | '\n' => formatter.write_char(character)?,
                '\u{FFFE}' | '\u{FFFF}' => formatter.write_char('\u{FFFD}')?,
                control if control.is_control() => formatter.write_char('\u{FFFD}')?,
                plain => formatter.write_char(plain)?,
            }
        }
        Ok(())
    }
}
