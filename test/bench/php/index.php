<?php
// The front controller of the peer in plain PHP.
require __DIR__ . '/db.php';
require __DIR__ . '/session.php';
require __DIR__ . '/page.php';
require __DIR__ . '/clients.php';

function login_page(): void
{
    echo render('login.phtml', ['title' => 'Entrar', 'account' => null,
                                'section' => '/cuenta/entrar/']);
}

function login(): void
{
    session_start();
    $_SESSION['csrf'] ??= bin2hex(random_bytes(32));
    if ($_SERVER['REQUEST_METHOD'] !== 'POST') {
        login_page();
    } elseif (!hash_equals(csrf_token(), $_POST['csrf'] ?? '')
        || !log_in($_POST['username'] ?? '', $_POST['password'] ?? '')) {
        http_response_code(422);
        login_page();
    } else {
        header('Location: /clientes/', true, 303);
    }
}

function logout(): void
{
    session_start();
    if (hash_equals(csrf_token(), $_POST['csrf'] ?? ''))
        session_destroy();
    header('Location: /cuenta/entrar/', true, 303);
}

// A page for those who are logged in.
function page(callable $make): void
{
    session_read();
    $account = current_account();
    if ($account === null)
        header('Location: /cuenta/entrar/', true, 303);
    else
        echo $make($account);
}

match (strtok($_SERVER['REQUEST_URI'], '?')) {
    '/cuenta/entrar/' => login(),
    '/cuenta/salir/' => logout(),
    '/clientes/' => page(getenv('BENCH_CACHED') === 'page'
                             ? 'cached_client_list' : 'client_list'),
    default => http_response_code(404),
};
