<?php
// Who is logged in. A page only reads the session, so it holds no lock on it
// while it is made. Source: PHP manual, session_start(), read_and_close.
function session_read(): void
{
    session_start(['read_and_close' => true]);
}

function csrf_token(): string
{
    return $_SESSION['csrf'] ?? '';
}

function current_account(): ?array
{
    if (!isset($_SESSION['account']))
        return null;
    return rows('SELECT id, name, shown, role FROM account'
                . ' WHERE id = ? AND active', [$_SESSION['account']])[0]
        ?? null;
}

function log_in(string $name, string $password): bool
{
    $account = rows('SELECT id, pass_hash FROM account WHERE name = ?'
                    . ' AND active', [$name])[0] ?? null;
    if ($account === null || !password_verify($password, $account['pass_hash']))
        return false;
    session_regenerate_id(true);
    $_SESSION = ['account' => $account['id'],
                 'csrf' => bin2hex(random_bytes(32))];
    return true;
}
