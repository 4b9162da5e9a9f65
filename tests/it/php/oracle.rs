//! PHP itself as a second opinion on what a session says: whatever we take from one, PHP takes from it too.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use editkey::visitor::PhpSession;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

/// How many sessions, spoiled in ways nobody thought of.
const SPOILED: usize = 20_000;

/// One session a line in Base64, behind `p` or `s` for how it is written; answers `1 ["/dir", …]` or `-`.
const PHP: &str = r#"
error_reporting(0);
ini_set('session.use_cookies', '0');
ini_set('session.cache_limiter', '');
ini_set('session.save_path', sys_get_temp_dir());
enum Suit: string { case Hearts = 'H'; }
class Cart { private $items = [1]; public $more; }
while (($line = fgets(STDIN)) !== false) {
    $bytes = base64_decode(substr($line, 1));
    // What cannot be decoded ends the session.
    if (session_status() !== PHP_SESSION_ACTIVE) { session_id(bin2hex(random_bytes(16))); session_start(); }
    $_SESSION = [];
    try {
        if ($line[0] === 's') {
            $read = unserialize($bytes);
            $good = is_array($read);
            if ($good) { $_SESSION = $read; }
        } else {
            $good = session_decode($bytes);
        }
    } catch (Throwable) { $good = false; }
    $access = $_SESSION['open-guide-editor-access'] ?? null;
    $access = is_array($access) ? array_values(array_filter($access, 'is_string')) : [];
    $power = ($_SESSION['open-guide-editor-poweruser'] ?? null) === true;
    echo $good ? json_encode([$power, array_map('base64_encode', $access)]) : '-', "\n";
}
session_destroy();
"#;

/// Sessions as the real PHP writes them, with everything that may stand in one.
const WRITE: &str = r#"
enum Suit: string { case Hearts = 'H'; }
class Cart { private $items = [1]; public $more; }
$cart = new Cart; $cart->more = $cart;
$all = [
    ['open-guide-editor-poweruser' => true],
    ['open-guide-editor-access' => [3 => '/srv/a', 7 => '/srv/b']],
    ['x' => $cart, 'open-guide-editor-poweruser' => true, 'list' => new ArrayObject([1, [2]]), 'at' => new DateTime],
    ['deep' => [[[['a' => 1.5, 'b' => null, 'c' => -1, 'd' => INF, 'e' => 1.0E+25]]]], 'open-guide-editor-access' => ['/srv']],
    ['suit' => Suit::Hearts, 'text' => "\"};|\0\xff", 'open-guide-editor-poweruser' => false],
];
foreach ($all as $one) {
    $one['again'] = &$one['open-guide-editor-access'];
    foreach (['s' => 'serialize', 'p' => 'plain'] as $how => $serialize) {
        $text = $how === 's' ? serialize($one) : '';
        if ($how === 'p') { foreach ($one as $name => $value) { $text .= "$name|" . serialize($value); } }
        echo $how, base64_encode($text), "\n";
    }
}
"#;

fn php(script: &str, input: String) -> Vec<String> {
    let mut child = Command::new("php")
        .args(["-d", "memory_limit=1G", "-r", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("php; ./test installs it");
    let mut stdin = child.stdin.take().expect("its input");
    let writes = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("its end");
    let _ = writes.join();
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(str::to_owned).collect()
}

/// A change of a session's bytes: one taken, doubled, put in or changed, or a piece of it put elsewhere.
fn spoiled(
    bytes: &[u8],
    changes: &[(u8, prop::sample::Index, prop::sample::Index, u8)],
) -> Vec<u8> {
    const SIGNS: &[u8] = b"0123456789:;{}\"|aObsiNRrCEd-+.\0";
    let mut bytes = bytes.to_vec();
    for (kind, from, to, byte) in changes {
        if bytes.is_empty() {
            break;
        }
        let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
        let sign = SIGNS[usize::from(*byte) % SIGNS.len()];
        match kind % 6 {
            0 => drop(bytes.remove(from)),
            1 => bytes.insert(from, sign),
            2 => bytes[from] = sign,
            3 => bytes.truncate(from),
            4 => bytes[from] = *byte,
            _ => {
                let piece = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.splice(to..to, piece);
            }
        }
    }
    bytes
}

#[test]
fn php_takes_from_a_session_whatever_we_do() {
    let written: Vec<(char, Vec<u8>)> = php(WRITE, String::new())
        .iter()
        .map(|line| {
            let (how, text) = line.split_at(1);
            (
                how.chars().next().expect("how"),
                STANDARD.decode(text).expect("Base64"),
            )
        })
        .collect();
    assert_eq!(written.len(), 10);
    for (_, bytes) in &written {
        PhpSession::read(bytes, None).expect("PHP wrote it");
    }
    let sessions = with_spoiled(&written);
    let mut input = String::new();
    for (how, bytes) in &sessions {
        let _ = writeln!(input, "{how}{}", STANDARD.encode(bytes));
    }
    let answers = php(PHP, input);
    assert_eq!(answers.len(), sessions.len(), "PHP ended early");
    let both = sessions.iter().zip(&answers);
    let taken = both.filter(|((how, bytes), answer)| agrees(*how, bytes, answer));
    let taken = taken.count();
    assert!(taken > 500, "only {taken} of them grant anything");
}

/// Whether something is granted; what is granted must be what PHP sees as well.
fn agrees(how: char, bytes: &[u8], answer: &str) -> bool {
    let Ok(ours) = PhpSession::read(bytes, None) else {
        return false;
    };
    // What looks like an array and is none may still be a row of variables, which PHP was not asked about.
    let asked = how != 's' || bytes.starts_with(b"a:");
    // What a class of PHP's says to its fields, and whether a reference leads anywhere, is not ours to know.
    let made = [&b"O:"[..], b"C:", b"E:", b"r:", b"R:"];
    let made = made
        .iter()
        .any(|kind| bytes.windows(2).any(|two| two == *kind));
    let refused = answer == "-" && made;
    if (!ours.poweruser && ours.directories.is_empty()) || !asked || refused {
        return false;
    }
    let shown = || {
        let text = String::from_utf8_lossy(bytes);
        format!("{how} {text:?}: PHP says {answer}")
    };
    let theirs: serde_json::Value = serde_json::from_str(answer).unwrap_or_default();
    assert_eq!(theirs[0].as_bool(), Some(ours.poweruser), "{}", shown());
    let told = theirs[1].as_array().into_iter().flatten();
    let told: Vec<Vec<u8>> = told
        .filter_map(|text| STANDARD.decode(text.as_str()?).ok())
        .collect();
    for directory in &ours.directories {
        let bare = |text: &Vec<u8>| {
            let text = String::from_utf8_lossy(text).into_owned();
            text == directory.as_str() || text.strip_suffix('/') == Some(directory.as_str())
        };
        assert!(told.iter().any(bare), "{}", shown());
    }
    true
}

/// The same sessions, and many that were made of them.
fn with_spoiled(written: &[(char, Vec<u8>)]) -> Vec<(char, Vec<u8>)> {
    let change = (
        any::<u8>(),
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        any::<u8>(),
    );
    let changes = prop::collection::vec(change, 1..4);
    let which = (any::<prop::sample::Index>(), changes);
    let mut runner = TestRunner::default();
    let mut sessions = written.to_vec();
    for _ in 0..SPOILED {
        let (at, changes) = which.new_tree(&mut runner).expect("a value").current();
        let (how, bytes) = &written[at.index(written.len())];
        sessions.push((*how, spoiled(bytes, &changes)));
    }
    sessions
}
