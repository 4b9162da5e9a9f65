<?php
// A host application in front of editkey, without any library.
//
// It knows its users (here: anybody who types a name, so never use its sign-in as it is) and the folder that they may
// edit. For the rest it asks editkey: one POST grants, the browser goes where the answer says, one DELETE takes it back.
//
//     EDITKEY_TOKEN_FILE=token SITE=/srv/site php -S 127.0.0.1:8000 examples/host-php/host.php
//
// EDITKEY is where editkey listens, with its base path (http://127.0.0.1:8181/); the token goes there, so: this machine,
// or https.

declare(strict_types=1);

/** Asks editkey as this host. The token goes into a header: never into a URL, an argument list or a log. */
function editkey(string $method, string $path, ?array $body = null): array
{
    $token = trim(file_get_contents(getenv('EDITKEY_TOKEN_FILE')));
    $context = stream_context_create(['http' => [
        'method' => $method,
        'header' => ["Authorization: Bearer $token", 'Content-Type: application/json'],
        'content' => $body === null ? '' : json_encode($body, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES),
        'timeout' => 10,
        'follow_location' => 0,
    ]]);
    $answer = @file_get_contents((getenv('EDITKEY') ?: 'http://127.0.0.1:8181/') . $path, false, $context);
    if ($answer === false) {
        // The warning would name the address; the status alone is for the log.
        error_log('editkey: ' . ($http_response_header[0] ?? 'no answer'));
        http_response_code(502);
        exit('editkey did not do it');
    }
    return $answer === '' ? [] : json_decode($answer, true, 8, JSON_THROW_ON_ERROR);
}

/** The address that opens $name for $user. It works once, within two minutes: send the browser there at once. */
function grant(string $user, string $site, string $name): string
{
    return editkey('POST', 'api/grants', [
        'user' => $user,
        'directories' => [$site],
        'lifetime' => '8h',
        'file' => ['dirname' => $site, 'basename' => $name],
    ])['url'];
}

/** Takes back everything this host granted $user. Bookmarks that were made meanwhile stay: revoke those by their id. */
function withdraw(string $user): void
{
    editkey('DELETE', 'api/grants?user=' . rawurlencode($user));
}

function go(string $location): never
{
    // The address holds a ticket: nobody keeps it, nobody is told it.
    header('Cache-Control: no-store');
    header('Referrer-Policy: no-referrer');
    header("Location: $location", true, 303);
    exit;
}

$site = realpath(getenv('SITE'));
$listed = array_values(array_filter(scandir($site), fn ($name) => is_file("$site/$name") && !is_link("$site/$name")));
session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax', 'use_strict_mode' => true]);
$user = $_SESSION['user'] ?? null;
$page = $_SERVER['REQUEST_METHOD'] . ' ' . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);

if ($page === 'POST /sign-in' && is_string($_POST['user'] ?? null) && $_POST['user'] !== '') {
    session_regenerate_id(true);
    $_SESSION['user'] = $_POST['user'];
    go('/');
}
if ($page === 'POST /sign-out' && $user !== null) {
    withdraw($user);
    session_destroy();
    go('/');
}
if ($page === 'GET /edit' && $user !== null) {
    $name = $_GET['file'] ?? null;
    if (!in_array($name, $listed, true)) {
        http_response_code(404);
        exit('no such file');
    }
    go(grant($user, $site, $name));
}
if ($page !== 'GET /') {
    go('/');
}
?>
<!DOCTYPE html>
<meta charset="utf-8">
<title>Host</title>
<?php if ($user === null): ?>
<form method="post" action="/sign-in"><input name="user" required><button>Sign in</button></form>
<?php else: ?>
<h1><?= htmlspecialchars($user) ?></h1>
<ul>
<?php foreach ($listed as $name): ?>
<li><a href="/edit?file=<?= rawurlencode($name) ?>"><?= htmlspecialchars($name) ?></a>
<?php endforeach ?>
</ul>
<form method="post" action="/sign-out"><button>Sign out</button></form>
<?php endif ?>
