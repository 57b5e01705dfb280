{{%AUTOESCAPE context="HTML"}}
<section class="attachments" aria-labelledby="contacts-title">
  <h2 id="contacts-title">{{T_part_contacts}}</h2>
  {{#CONTACTS}}
  <table class="list">
    <caption class="visually-hidden">{{T_part_contacts}}</caption>
    <thead>
      <tr>
        <th scope="col">{{T_client_name}}</th>
        <th scope="col">{{T_part_role}}</th>
        <th scope="col">{{T_client_phone}}</th>
        <th scope="col">{{T_client_email}}</th>
        {{#MAY_EDIT}}<th scope="col"><span class="visually-hidden">{{T_client_file_actions}}</span></th>{{/MAY_EDIT}}
      </tr>
    </thead>
    <tbody>
      {{#CONTACT_ROW}}
      <tr>
        <th class="part-name" scope="row">{{NAME}}{{#IS_PRIMARY}} <span class="tag">{{T_part_primary}}</span>{{/IS_PRIMARY}}{{#GETS_REPORTS}} <span class="tag">{{T_part_reports}}</span>{{/GETS_REPORTS}}</th>
        <td data-label="{{T_part_role}}">{{POSITION}}</td>
        <td data-label="{{T_client_phone}}">{{#HAS_PHONE}}<a href="tel:{{PHONE_TEL}}">{{PHONE}}</a>{{/HAS_PHONE}}</td>
        <td class="part-name" data-label="{{T_client_email}}">{{#HAS_EMAIL}}<a href="mailto:{{EMAIL}}">{{EMAIL}}</a>{{/HAS_EMAIL}}</td>
        {{#MAY_CHANGE}}
        <td>
          <div class="row-actions">
            <a class="btn btn-quiet" href="{{PART_HREF}}editar/">{{T_client_edit}} <span class="visually-hidden">{{NAME}}</span></a>
            <form method="post" action="{{PART_HREF}}archivar/">
              <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
              <input type="hidden" name="version" value="{{VERSION}}">
              <button class="btn btn-quiet" type="submit">{{T_client_archive}} <span class="visually-hidden">{{NAME}}</span></button>
            </form>
          </div>
        </td>
        {{/MAY_CHANGE}}
      </tr>
      {{/CONTACT_ROW}}
    </tbody>
  </table>
  {{/CONTACTS}}
  {{#NO_CONTACTS}}<p class="muted">{{T_part_contacts_none}}</p>{{/NO_CONTACTS}}
  {{#CAN_ADD_CONTACT}}<p class="actions"><a class="btn btn-quiet" href="{{ADD_HREF}}"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#plus"></use></svg> {{T_part_contact_add}}</a></p>{{/CAN_ADD_CONTACT}}
  {{#OLD_CONTACTS}}
  <details class="filters">
    <summary>{{T_part_contacts_old}} ({{COUNT}})</summary>
    <ul class="old-parts">
      {{#OLD_CONTACT}}
      <li>
        <span class="part-name">{{NAME}}</span>
        <form method="post" action="{{PART_HREF}}restaurar/">
          <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
          <input type="hidden" name="version" value="{{VERSION}}">
          <button class="btn btn-quiet" type="submit">{{T_client_restore}} <span class="visually-hidden">{{NAME}}</span></button>
        </form>
      </li>
      {{/OLD_CONTACT}}
    </ul>
  </details>
  {{/OLD_CONTACTS}}
</section>
<section class="attachments" aria-labelledby="sites-title">
  <h2 id="sites-title">{{T_part_sites}}</h2>
  {{#SITES}}
  <table class="list">
    <caption class="visually-hidden">{{T_part_sites}}</caption>
    <thead>
      <tr>
        <th scope="col">{{T_client_name}}</th>
        <th scope="col">{{T_client_address}}</th>
        <th scope="col">{{T_client_city}}</th>
        <th scope="col">{{T_part_access_notes}}</th>
        {{#MAY_EDIT}}<th scope="col"><span class="visually-hidden">{{T_client_file_actions}}</span></th>{{/MAY_EDIT}}
      </tr>
    </thead>
    <tbody>
      {{#SITE_ROW}}
      <tr>
        <th class="part-name" scope="row">{{NAME}}</th>
        <td data-label="{{T_client_address}}">{{ADDRESS}}</td>
        <td data-label="{{T_client_city}}">{{CITY}}</td>
        <td class="lines" data-label="{{T_part_access_notes}}">{{ACCESS_NOTES:p}}</td>
        {{#MAY_CHANGE}}
        <td>
          <div class="row-actions">
            <a class="btn btn-quiet" href="{{PART_HREF}}editar/">{{T_client_edit}} <span class="visually-hidden">{{NAME}}</span></a>
            <form method="post" action="{{PART_HREF}}archivar/">
              <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
              <input type="hidden" name="version" value="{{VERSION}}">
              <button class="btn btn-quiet" type="submit">{{T_client_archive}} <span class="visually-hidden">{{NAME}}</span></button>
            </form>
          </div>
        </td>
        {{/MAY_CHANGE}}
      </tr>
      {{/SITE_ROW}}
    </tbody>
  </table>
  {{/SITES}}
  {{#NO_SITES}}<p class="muted">{{T_part_sites_none}}</p>{{/NO_SITES}}
  {{#CAN_ADD_SITE}}<p class="actions"><a class="btn btn-quiet" href="{{ADD_HREF}}"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#plus"></use></svg> {{T_part_site_add}}</a></p>{{/CAN_ADD_SITE}}
  {{#OLD_SITES}}
  <details class="filters">
    <summary>{{T_part_sites_old}} ({{COUNT}})</summary>
    <ul class="old-parts">
      {{#OLD_SITE}}
      <li>
        <span class="part-name">{{NAME}}</span>
        <form method="post" action="{{PART_HREF}}restaurar/">
          <input type="hidden" name="csrf" value="{{CSRF_TOKEN}}">
          <input type="hidden" name="version" value="{{VERSION}}">
          <button class="btn btn-quiet" type="submit">{{T_client_restore}} <span class="visually-hidden">{{NAME}}</span></button>
        </form>
      </li>
      {{/OLD_SITE}}
    </ul>
  </details>
  {{/OLD_SITES}}
</section>
<section class="attachments" aria-labelledby="consents-title">
  <h2 id="consents-title">{{T_part_consents}}</h2>
  {{#CONSENTS}}
  <table class="list">
    <caption class="visually-hidden">{{T_part_consents}}</caption>
    <thead>
      <tr>
        <th scope="col">{{T_consent_purpose}}</th>
        <th scope="col">{{T_consent_state}}</th>
        <th scope="col">{{T_consent_granted}}</th>
        <th scope="col">{{T_consent_text}}</th>
        <th scope="col">{{T_consent_signed_by}}</th>
        {{#MAY_EDIT}}<th scope="col"><span class="visually-hidden">{{T_client_file_actions}}</span></th>{{/MAY_EDIT}}
      </tr>
    </thead>
    <tbody>
      {{#CONSENT_ROW}}
      <tr>
        <th scope="row">{{PURPOSE_LABEL}}</th>
        <td data-label="{{T_consent_state}}"><span>{{#HOLDS}}{{T_consent_holds}}{{/HOLDS}}{{#ENDED}}{{T_consent_ended}}<br><span class="muted">{{REVOKED}} · {{REVOKE_LABEL}}</span>{{/ENDED}}</span></td>
        <td data-label="{{T_consent_granted}}"><span>{{GRANTED}}<br><span class="muted">{{CHANNEL_LABEL}}</span></span></td>
        <td data-label="{{T_consent_text}}">{{TEXT_VERSION}}</td>
        <td class="part-name" data-label="{{T_consent_signed_by}}">{{NAME}}</td>
        {{#MAY_EDIT}}
        <td>{{#MAY_CHANGE}}<a class="btn btn-quiet" href="{{PART_HREF}}revocar/">{{T_consent_revoke}} <span class="visually-hidden">{{PURPOSE_LABEL}}</span></a>{{/MAY_CHANGE}}</td>
        {{/MAY_EDIT}}
      </tr>
      {{/CONSENT_ROW}}
    </tbody>
  </table>
  {{/CONSENTS}}
  {{#NO_CONSENTS}}<p class="muted">{{T_part_consents_none}}</p>{{/NO_CONSENTS}}
  {{#CAN_ADD_CONSENT}}<p class="actions"><a class="btn btn-quiet" href="{{ADD_HREF}}"><svg class="icon" aria-hidden="true"><use href="{{ICONS_URL}}#plus"></use></svg> {{T_consent_add}}</a></p>{{/CAN_ADD_CONSENT}}
</section>
