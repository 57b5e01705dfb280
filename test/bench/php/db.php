<?php
// One connection for each worker, kept between requests. A statement that is
// run once is sent with its values in one round trip.
// Source: PHP manual, PDO, "Persistent Connections" and
// PDO::PGSQL_ATTR_DISABLE_PREPARES.
function db(): PDO
{
    static $db = null;
    $db ??= new PDO(getenv('BENCH_DSN'), null, null, [
        PDO::ATTR_PERSISTENT => true,
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
        PDO::PGSQL_ATTR_DISABLE_PREPARES => true,
    ]);
    return $db;
}

function rows(string $sql, array $values): array
{
    $statement = db()->prepare($sql);
    $statement->execute($values);
    return $statement->fetchAll();
}
