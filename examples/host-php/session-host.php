<?php
// A host of Open Guide Editor's, as it always was: it puts into its own PHP session what the browser may edit, and links
// to the editor. Nothing here calls editkey; editkey reads the session of the browser that follows the link.
//
// One line has changed, the first one below. nginx.conf and settings.json beside this file are the rest.

declare(strict_types=1);

// Was '/open-guide-editor/'.
const EDITOR = '/edit/';

// The folder that may be edited, as the web server's configuration names it.
$site = realpath($_SERVER['SITE']);

session_start(['cookie_httponly' => true, 'cookie_samesite' => 'Lax', 'use_strict_mode' => true]);

// Sign-in is the host's own affair. Here anybody who types a name is believed: never use it as it is.
if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    session_regenerate_id(true);
    $_SESSION = [];
    if (is_string($_POST['user'] ?? null) && $_POST['user'] !== '') {
        $_SESSION['user'] = $_POST['user'];
        // The one thing that gives: these directories, and all below them. For everything below editkey's roots:
        // $_SESSION['open-guide-editor-poweruser'] = true;
        $_SESSION['open-guide-editor-access'] = [$site];
        $_SESSION['open-guide-project-name'] = 'The site';
    } else {
        session_destroy();
    }
    header('Location: /', true, 303);
    exit;
}
$user = $_SESSION['user'] ?? null;
// Done with the session: a script that keeps it open keeps it locked, and editkey waits for two seconds at most.
session_write_close();
$files = array_filter(scandir($site), fn ($name) => is_file("$site/$name") && !is_link("$site/$name"));
?>
<!DOCTYPE html>
<meta charset="utf-8">
<title>Host</title>
<?php if ($user === null): ?>
<form method="post"><input name="user" required><button>Sign in</button></form>
<?php else: ?>
<h1><?= htmlspecialchars($user) ?></h1>
<ul>
<?php foreach ($files as $name): ?>
<?php $query = 'dirname=' . rawurlencode($site) . '&basename=' . rawurlencode($name); ?>
<li><a href="<?= htmlspecialchars(EDITOR . "php/redirect.php?$query") ?>"><?= htmlspecialchars($name) ?></a>
<?php endforeach ?>
</ul>
<form method="post"><button>Sign out</button></form>
<?php endif ?>
