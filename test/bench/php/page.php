<?php
// Templates are PHP; what they show is escaped by e().
const ICONS = '/static/img/icons.0123456789.svg';

function e(string $text): string
{
    return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8');
}

function icon(string $name): string
{
    return '<svg class="icon" aria-hidden="true"><use href="' . ICONS . '#'
        . $name . '"></use></svg>';
}

// The options of a select, from value => label.
function options(array $choices, string $chosen): string
{
    $html = '';
    foreach ($choices as $value => $label)
        $html .= '<option value="' . e($value) . '"'
            . ($value === $chosen ? ' selected' : '') . '>' . e($label)
            . '</option>';
    return $html;
}

function menu(?array $account): array
{
    if ($account === null)
        return ['/cuenta/entrar/' => ['Entrar', 'login']];
    $menu = ['/clientes/' => ['Clientes', 'users'],
             '/contacto/mensajes/' => ['Mensajes', 'mail']];
    if ($account['role'] === 'Administración')
        $menu += ['/admin/usuarios/' => ['Usuarios', 'shield'],
                  '/admin/auditoria/' => ['Auditoría', 'eye']];
    return $menu + ['/cuenta/' => ['Mi cuenta', 'user']];
}

function render_part(string $template, array $values): string
{
    extract($values);
    ob_start();
    require __DIR__ . '/' . $template;
    return ob_get_clean();
}

// A template in the layout; values: title, section, account and its own.
function render(string $template, array $values): string
{
    return render_part('layout.phtml', $values + [
        'content' => render_part($template, $values)]);
}
