//! An answer in the words of a FastCGI authorizer.
//!
//! An allowed one holds nothing but variables: Apache takes every other header for one of the page's own.

use std::fmt::Write as _;

use actix_web::http::StatusCode;

use crate::gate::Answer;

/// The variables that say who it is.
const NAMED: [&str; 4] = [
    "remote-user",
    "remote-email",
    "remote-groups",
    "remote-name",
];

/// `answer` as a web server reads it.
pub(super) fn text(answer: &Answer) -> String {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::FORBIDDEN);
    let reason = status.canonical_reason().unwrap_or_default();
    let mut text = format!("Status: {} {reason}\r\n", status.as_u16());
    let allowed = status == StatusCode::OK;
    for (name, value) in &answer.headers {
        // A line more would be another header.
        let value = if value.chars().any(char::is_control) {
            ""
        } else {
            value
        };
        let _ = match (allowed, NAMED.contains(name)) {
            (true, true) => {
                let variable = name.to_ascii_uppercase().replace('-', "_");
                write!(text, "Variable-{variable}: {value}\r\n")
            }
            (true, false) => Ok(()),
            (false, _) => write!(text, "{name}: {value}\r\n"),
        };
    }
    if !allowed {
        text.push_str("cache-control: no-store\r\n");
    }
    text.push_str("\r\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowed_answer_is_variables_alone() {
        let answer = Answer {
            status: 200,
            headers: vec![
                ("remote-user", "zoë".to_owned()),
                ("remote-name", "a\r\nLocation: /".to_owned()),
                ("cache-control", "max-age=9".to_owned()),
            ],
        };
        assert_eq!(
            text(&answer),
            "Status: 200 OK\r\nVariable-REMOTE_USER: zoë\r\nVariable-REMOTE_NAME: \r\n\r\n"
        );
        let refused = Answer {
            status: 401,
            headers: vec![("www-authenticate", "Bearer".to_owned())],
        };
        assert_eq!(
            text(&refused),
            "Status: 401 Unauthorized\r\nwww-authenticate: Bearer\r\ncache-control: no-store\r\n\r\n"
        );
    }
}
