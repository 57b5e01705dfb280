<?php
// The list of clients: searched, a page at a time.
const KINDS = ['legal' => 'Empresa', 'natural' => 'Persona'];
const SERVICES = ['single' => 'Servicio puntual', 'contract' => 'Contrato TI'];
const SORTS = ['nombre' => 'Por nombre', 'nuevos' => 'Los más nuevos primero',
               'ciudad' => 'Por ciudad'];
const SHORT_NAMES = ['31' => 'NIT', '13' => 'CC', '22' => 'CE', '41' => 'PA',
                     '12' => 'TI', '47' => 'PEP', '48' => 'PPT'];
const CACHE_S = 300;

function show_document(array $c): string
{
    if ($c['doc_type'] === '')
        return '';
    $number = $c['doc_number'];
    if (in_array($c['doc_type'], ['31', '13', '12'], true))
        $number = number_format((int)$number, 0, '', '.');
    return SHORT_NAMES[$c['doc_type']] . ' ' . $number
        . ($c['doc_dv'] !== '' ? '-' . $c['doc_dv'] : '');
}

function show_phone(string $e164): string
{
    if (strlen($e164) === 13 && str_starts_with($e164, '+57'))
        return substr($e164, 3, 3) . ' ' . substr($e164, 6, 3) . ' '
            . substr($e164, 9);
    return $e164;
}

function find_clients(string $search, int $limit): array
{
    $sql = 'SELECT id, kind, doc_type, doc_number, doc_dv, name, company,'
        . ' email, phone, city FROM client WHERE archived_at IS NULL';
    $values = [];
    if ($search !== '') {
        $sql .= ' AND (name ILIKE ? OR company ILIKE ? OR email ILIKE ?)';
        $values = array_fill(0, 3, '%' . addcslashes($search, '%_\\') . '%');
    }
    return rows($sql . ' ORDER BY name, id LIMIT ' . $limit, $values);
}

function client_list(array $account): string
{
    $size = min((int)($_GET['por'] ?? 50), 100);
    $search = trim($_GET['q'] ?? '');
    // one more than the page shows: is there a next one?
    $clients = find_clients($search, $size + 1);
    $more = count($clients) > $size;
    if ($more)
        array_pop($clients);
    return render('clients.phtml', [
        'title' => 'Clientes', 'section' => '/clientes/'
    ] + compact('account', 'clients', 'more', 'search', 'size'));
}

// The whole page in the workers' shared memory, for each account and address.
function cached_client_list(array $account): string
{
    $key = 'clients:' . $account['id'] . ':' . csrf_token() . ':'
        . $_SERVER['QUERY_STRING'];
    return apcu_entry($key, fn() => client_list($account), CACHE_S);
}
