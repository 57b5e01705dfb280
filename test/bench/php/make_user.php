<?php
// Writes the one who logs in: make_user.php NAME PASSWORD
require __DIR__ . '/db.php';

$insert = db()->prepare(
    'INSERT INTO account (name, shown, role, pass_hash) VALUES (?, ?, ?, ?)');
$insert->execute([$argv[1], 'Ana Demostración', 'Administración',
                  password_hash($argv[2], PASSWORD_DEFAULT)]);
